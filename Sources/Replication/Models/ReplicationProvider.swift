/// Who moves the rows.
public enum ReplicationProvider: String, Sendable, Hashable, Codable, CaseIterable {
    case spock
    case pglogical
    /// Postgres's own `CREATE SUBSCRIPTION`.
    case native

    /// The implementation that speaks to it.
    public var replication: any LogicalReplication {
        switch self {
        case .spock: SpockReplication()
        case .pglogical: PglogicalReplication()
        case .native: NativeReplication()
        }
    }

    /// The provider whose output plugin a logical slot has; nil for a stranger's.
    public init?(plugin: String) {
        guard let found = Self.allCases.first(where: { $0.replication.outputPlugin == plugin }) else { return nil }
        self = found
    }

    /// Libraries that connect to peers by themselves as soon as a server is up.
    public static let libraries = Set(Self.allCases.compactMap(\.replication.library))
}
