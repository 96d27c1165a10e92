/// A node with everything that the spec says about it merged: the node's own over the database's.
public struct EffectiveNode: Sendable, Equatable {
    public var name: String
    /// The first is the primary's, the others the read replicas'.
    public var hostIDs: [String]
    public var sourceNode: String?
    public var port: Int?
    public var postgresVersion: PostgresVersion?
    public var postgresqlConf: [String: String]
    /// The node's own lines come first.
    public var pgHBAConf: [String]
    /// The node's own lines come first.
    public var pgIdentConf: [String]
    public var backupConfig: BackupConfig?
    public var restoreConfig: RestoreConfig?
    public var local: LocalOptions
}

extension DatabaseSpec {
    /// The node called `name`, merged with the database's own settings; nil when there is none.
    public func effectiveNode(_ name: String) -> EffectiveNode? {
        nodes.first { $0.name == name }.map(effective)
    }

    /// Every node merged, in the order of the spec.
    public var effectiveNodes: [EffectiveNode] { nodes.map(effective) }

    private func effective(_ node: NodeSpec) -> EffectiveNode {
        EffectiveNode(
            name: node.name, hostIDs: node.hostIDs, sourceNode: node.sourceNode, port: node.port ?? port,
            postgresVersion: node.postgresVersion ?? postgresVersion,
            postgresqlConf: postgresqlConf.merging(node.postgresqlConf) { $1 },
            pgHBAConf: node.pgHBAConf + pgHBAConf, pgIdentConf: node.pgIdentConf + pgIdentConf,
            backupConfig: node.backupConfig ?? backupConfig,
            // A node that names another one for its source is not meant by what all of them were made from.
            restoreConfig: node.restoreConfig ?? (node.sourceNode == nil ? restoreConfig : nil),
            local: node.local.merged(over: local))
    }
}
