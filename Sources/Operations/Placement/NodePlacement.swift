import Spec

/// A node with everything that is decided about it on this host: paths, ports, programs, names.
public struct NodePlacement: Sendable, Equatable {
    public var databaseID: String
    public var databaseName: String
    /// The spec's view of the node.
    public var spec: EffectiveNode
    public var primary: InstancePlacement
    public var replicas: [InstancePlacement]
    /// Role that pgstanza and pgBackRest connect as.
    public var superuser: String
    public var stanza: String
    /// Name or path of the pgbackrest program.
    public var pgbackrestProgram: String
    public var backupConfigPath: String
    public var restoreConfigPath: String
    /// pgBackRest's own directories for this node.
    public var lockPath: String
    public var logPath: String
    public var spoolPath: String
    /// Copies of the node's configuration files.
    public var confPath: String
    /// Password of the replication role, mode 0600.
    public var passfilePath: String
    /// How its rows get to other nodes; nil for a node by itself.
    var mesh: Mesh?

    public var name: String { spec.name }
    /// The primary first.
    public var instances: [InstancePlacement] { [primary] + replicas }
    /// Name of the physical slot that a replica streams from.
    public func slotName(of replica: InstancePlacement) -> String {
        Self.slotName(node: name, hostID: replica.hostID)
    }

    /// `pgstanza_NODE_HOST`, in the characters that slot names may have and within their 63 bytes.
    static func slotName(node: String, hostID: String) -> String {
        let raw = "pgstanza_\(node)_\(hostID)".lowercased()
        let mapped = raw.unicodeScalars.map { scalar -> Character in
            let isAllowed = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
            return isAllowed ? Character(scalar) : "_"
        }
        return String(mapped.prefix(63))
    }
}
