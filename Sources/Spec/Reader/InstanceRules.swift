/// What the instances of one host may not share.
enum InstanceRules {
    /// Where the spec says something about one instance.
    private struct Instance {
        let node: String
        let hostID: Item
        let port: Item?
        let pgdata: Item?
    }

    static func check(spec: Item, nodes: [Item]) {
        let instances = nodes.flatMap { node in all(of: node, in: spec) }
        refuseShared(instances, "port") { $0.port.flatMap { $0.integer == 0 ? nil : $0.integer.map(String.init) } }
        refuseShared(instances, "data directory") { $0.pgdata?.text.map(PathRules.normalized) }
        for node in nodes { checkHosts(local(node), hosts: node["host_ids"]?.texts ?? [], owner: "the node") }
        checkHosts(local(spec), hosts: nodes.flatMap { $0["host_ids"]?.texts ?? [] }, owner: "the database")
    }

    private static func local(_ item: Item) -> Item? { item["orchestrator_opts"]?["local"] }

    private static func all(of node: Item, in spec: Item) -> [Instance] {
        node.list("host_ids").enumerated().compactMap { index, hostID in
            guard let host = hostID.text else { return nil }
            let own = local(node)?["instances"]?[host]
            let shared = local(spec)?["instances"]?[host]
            let primary = index == 0 ? local(node)?["pgdata"] ?? local(spec)?["pgdata"] : nil
            return Instance(
                node: node["name"]?.text ?? "", hostID: hostID,
                port: own?["port"] ?? shared?["port"] ?? node["port"] ?? spec["port"],
                pgdata: own?["pgdata"] ?? shared?["pgdata"] ?? primary)
        }
    }

    private static func refuseShared(_ instances: [Instance], _ noun: String, _ value: (Instance) -> String?) {
        var first: [[String]: Instance] = [:]
        for instance in instances {
            guard let shared = value(instance), let host = instance.hostID.text else { continue }
            if let other = first[[host, shared]], other.node != instance.node {
                instance.hostID.refuse(
                    "nodes \(other.node) and \(instance.node) have one \(noun) (\(shared)) on host \(Wording.quoted(host))",
                    hint: "give \(instance.node) a \(noun) or a host of its own")
            } else {
                first[[host, shared]] = instance
            }
        }
    }

    private static func checkHosts(_ local: Item?, hosts: [String], owner: String) {
        for member in local?["instances"]?.members ?? [] {
            guard let host = member.key, !hosts.contains(host) else { continue }
            let nearest = NearestWord.find(host, among: hosts)
            member.refuseKey(
                Complaint(
                    "\(owner) has no host \(Wording.quoted(host))",
                    hint: nearest.map { "did you mean \(Wording.quoted($0))?" }
                        ?? "its hosts are " + hosts.joined(separator: ", ")))
        }
    }
}
