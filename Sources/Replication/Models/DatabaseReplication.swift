/// How one database takes part in logical replication with one provider.
public struct DatabaseReplication: Sendable, Hashable, Codable {
    public var database: String
    public var provider: ReplicationProvider
    /// nil for native replication, and for an extension without a node.
    public var identity: ReplicationIdentity?
    public var sets: [ReplicationSet]
    /// What the database subscribes to.
    public var subscriptions: [ReplicationSubscription]

    public init(
        database: String, provider: ReplicationProvider, identity: ReplicationIdentity? = nil,
        sets: [ReplicationSet] = [], subscriptions: [ReplicationSubscription] = []
    ) {
        self.database = database
        self.provider = provider
        self.identity = identity
        self.sets = sets
        self.subscriptions = subscriptions
    }

    /// Whether there is nothing in it that could be at work.
    public var isEmpty: Bool { identity == nil && sets.isEmpty && subscriptions.isEmpty }
}
