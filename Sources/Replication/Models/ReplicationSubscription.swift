/// A subscription as the catalogs of the subscriber have it, with every option.
public struct ReplicationSubscription: Sendable, Hashable, Codable {
    public var name: String
    /// What workers and native origins are named by: `sub_id`, or the oid. Another one after it was made anew.
    public var id: String
    public var isEnabled: Bool
    /// Name of the provider's node; nil for native subscriptions.
    public var providerNode: String?
    /// Name of the provider's interface that is used; nil for native subscriptions.
    public var interface: String?
    /// The provider's interfaces as the subscriber knows them; of a native subscription its connection string alone.
    public var interfaces: [ReplicationInterface]
    /// The slot on the provider; nil when a native subscription has none.
    public var slot: String?
    /// Replication sets or publications.
    public var sets: [String]
    /// Origins whose changes the provider hands on: none, or `all`.
    public var forwardOrigins: [String]
    /// Further options by their names in the catalogs, in Postgres's text form.
    public var options: [String: String]
    /// False while a first copy of tables is still under way.
    public var isSynchronized: Bool
    /// Tables that a native subscription fills; of the extensions' the sets say it.
    public var tables: [RelationName]

    public init(
        name: String, id: String = "", isEnabled: Bool = true, providerNode: String? = nil, interface: String? = nil,
        interfaces: [ReplicationInterface], slot: String?, sets: [String], forwardOrigins: [String] = [],
        options: [String: String] = [:], isSynchronized: Bool = true, tables: [RelationName] = []
    ) {
        self.name = name
        self.id = id
        self.isEnabled = isEnabled
        self.providerNode = providerNode
        self.interface = interface
        self.interfaces = interfaces
        self.slot = slot
        self.sets = sets
        self.forwardOrigins = forwardOrigins
        self.options = options
        self.isSynchronized = isSynchronized
        self.tables = tables
    }

    /// The connection string that is used; may hold a password.
    public var dsn: String { interfaces.first { $0.name == interface }?.dsn ?? interfaces.first?.dsn ?? "" }

    /// Whether the provider hands on what it received from others.
    public var forwards: Bool { !forwardOrigins.isEmpty }

    /// The same but for what is different after it was made anew, so that two can be compared.
    public var comparable: ReplicationSubscription {
        var copy = self
        copy.id = ""
        return copy
    }
}
