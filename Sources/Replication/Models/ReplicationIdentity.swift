/// Who a database is to its peers: what pglogical and Spock call a node. Native replication knows nothing of the kind.
public struct ReplicationIdentity: Sendable, Hashable, Codable {
    public var name: String
    /// Name of the interface that the node itself uses; by default that of the node.
    public var interface: String
    /// How peers reach it, by every interface, that one included.
    public var interfaces: [ReplicationInterface]
    /// Spock's `location`, `country` and `info` (JSON text), where they are set.
    public var details: [String: String]

    public init(
        name: String, interface: String? = nil, interfaces: [ReplicationInterface], details: [String: String] = [:]
    ) {
        self.name = name
        self.interface = interface ?? name
        self.interfaces = interfaces
        self.details = details
    }

    /// A node with one interface of its own name.
    public init(name: String, dsn: String) {
        self.init(name: name, interfaces: [ReplicationInterface(name: name, dsn: dsn)])
    }

    /// The connection string of the interface that the node uses.
    public var dsn: String { interfaces.first { $0.name == interface }?.dsn ?? interfaces.first?.dsn ?? "" }
}

/// One way to reach a node.
public struct ReplicationInterface: Sendable, Hashable, Codable {
    public var name: String
    /// libpq connection string; may hold a password.
    public var dsn: String

    public init(name: String, dsn: String) {
        self.name = name
        self.dsn = dsn
    }
}
