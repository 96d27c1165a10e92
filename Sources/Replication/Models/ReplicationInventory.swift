import Postgres

/// How one server takes part in logical replication, in all its databases. After a restore it exists nowhere else.
public struct ReplicationInventory: Sendable, Hashable, Codable {
    /// One entry for each database and provider.
    public var databases: [DatabaseReplication]
    /// Logical slots: somebody subscribes to the server, or once did.
    public var slots: [LogicalSlot]

    public init(databases: [DatabaseReplication] = [], slots: [LogicalSlot] = []) {
        self.databases = databases
        self.slots = slots
    }

    public var isEmpty: Bool { databases.allSatisfy(\.isEmpty) && slots.isEmpty }

    /// What a database has of a provider.
    public func part(_ database: String, _ provider: ReplicationProvider) -> DatabaseReplication? {
        databases.first { $0.database == database && $0.provider == provider }
    }
}

/// A logical replication slot.
public struct LogicalSlot: Sendable, Hashable, Codable {
    public var name: String
    public var database: String
    public var plugin: String

    public init(name: String, database: String, plugin: String) {
        self.name = name
        self.database = database
        self.plugin = plugin
    }
}
