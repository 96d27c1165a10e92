import Postgres

extension NodeTools {
    /// How pgstanza reaches a node's database wherever it lives: over the socket as the superuser on this machine, by
    /// TCP as the role that replicates on another.
    func peerParameters(of node: NodePlacement) -> ConnectionParameters {
        guard !node.primary.isHere else { return parameters(node.primary, of: node, database: node.databaseName) }
        return replicationParameters(of: node)
    }

    private func replicationParameters(of node: NodePlacement) -> ConnectionParameters {
        var parameters = replicationSource(of: node)
        parameters.database = node.databaseName
        return parameters
    }
}
