/// Something through which rows reach a server, or leave it, by logical replication.
public enum ReplicationParticipant: Sendable, Hashable, CustomStringConvertible {
    /// The server subscribes to somebody.
    case subscription(database: String, name: String, provider: ReplicationProvider)
    /// Somebody subscribes to the server, or once did: a logical slot keeps WAL for him.
    case slot(database: String, name: String, plugin: String)

    /// For people, one line, the same every time.
    public var description: String {
        switch self {
        case .subscription(let database, let name, let provider):
            "\(provider.rawValue) subscription \(name) in database \(database)"
        case .slot(let database, let name, let plugin):
            "logical slot \(name) (\(plugin)) in database \(database)"
        }
    }
}

/// Who moves the rows.
public enum ReplicationProvider: String, Sendable, Hashable, CaseIterable {
    case spock
    case pglogical
    /// Postgres's own `CREATE SUBSCRIPTION`.
    case native
}
