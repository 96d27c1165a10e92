/// What ties the nodes of a database together.
enum NodeRules {
    static func check(_ nodes: [Item]) {
        nodes.refuseRepeated("node names") { $0["name"] }
        let names = nodes.compactMap { $0["name"]?.text }
        for node in nodes {
            guard let source = node["source_node"], let sourceName = source.text else { continue }
            if node["restore_config"] != nil {
                source.refuseKey(
                    Complaint(
                        "a node takes its data from source_node or from restore_config, and both stand here",
                        hint: "take one of them out"))
            } else if sourceName == node["name"]?.text {
                source.refuse("a node cannot be its own source", hint: "name another node, or take the key out")
            } else if !names.contains(sourceName) {
                source.refuse(
                    "there is no node \(Wording.quoted(sourceName))",
                    hint: "the nodes are " + names.joined(separator: ", "))
            } else if isCircular(from: node, nodes: nodes) {
                source.refuse(
                    "the sources of the nodes go in a circle",
                    hint: "one of them must have no source_node, and be first")
            }
        }
    }

    /// Whether following the sources leads back to the node.
    private static func isCircular(from node: Item, nodes: [Item]) -> Bool {
        let sources = Dictionary(
            nodes.compactMap { node in node["name"]?.text.map { ($0, node["source_node"]?.text) } },
            uniquingKeysWith: { first, _ in first })
        guard let start = node["name"]?.text else { return false }
        var next = sources[start] ?? nil
        for _ in nodes {
            guard let name = next else { return false }
            if name == start { return true }
            next = sources[name] ?? nil
        }
        return false
    }
}
