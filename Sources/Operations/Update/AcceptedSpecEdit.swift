import PositionedJSON
import Spec

/// Changes that pgstanza itself makes to an accepted spec. Pure: JSON in, JSON out, everything else as it was.
enum AcceptedSpecEdit {
    /// The spec with new repositories for one node.
    ///
    /// A node that had no `backup_config` of its own gets a copy of the database's with the new repositories in it, so
    /// that the other nodes keep theirs; when it is the only node that uses the database's, that one is changed.
    static func replacingRepositories(_ spec: JSONTree, of node: String, with repositories: [JSONTree]) -> JSONTree {
        var spec = spec
        guard var nodes = spec["nodes"]?.arrayValue,
            let index = nodes.firstIndex(where: { $0["name"]?.stringValue == node })
        else { return spec }
        if var own = nodes[index]["backup_config"] {
            own["repositories"] = .array(repositories)
            nodes[index]["backup_config"] = own
            spec["nodes"] = .array(nodes)
            return spec
        }
        guard var shared = spec["backup_config"] else { return spec }
        shared["repositories"] = .array(repositories)
        let others = nodes.indices.contains { $0 != index && nodes[$0]["backup_config"] == nil }
        if others {
            nodes[index]["backup_config"] = shared
            spec["nodes"] = .array(nodes)
        } else {
            spec["backup_config"] = shared
        }
        return spec
    }
}
