import Postgres

/// What pglogical and Spock do alike: the one came from the other, and most of their functions differ by name only.
protocol ExtensionReplication: LogicalReplication {
    var functions: ExtensionFunctions { get }

    /// Makes the set, or has it replicate what it should.
    func create(_ set: ReplicationSet, _ connection: Connection) async throws
}

extension ExtensionReplication {
    public func read(_ connection: Connection) async throws -> DatabaseReplication? {
        try await functions.catalog.read(connection)
    }

    public func createSets(_ sets: [ReplicationSet], _ connection: Connection) async throws -> [String] {
        var problems: [String] = []
        for set in sets {
            try await create(set, connection)
            problems += try await functions.fill(set, connection)
        }
        return problems
    }

    public func addTables(
        inSchemas schemas: [String], publication name: String, _ connection: Connection
    ) async throws {
        try await functions.addTables(inSchemas: schemas, connection)
    }

    public func slotName(
        of subscription: String, in database: String, from provider: String?, _ connection: Connection
    ) async throws -> String {
        try await functions.slotName(of: subscription, in: database, from: provider, connection)
    }

    public func forgetNode(_ name: String, _ connection: Connection) async throws {
        try await functions.forgetNode(name, connection)
    }

    public func drop(_ subscription: String, _ connection: Connection) async throws {
        try await functions.drop(subscription, connection)
    }

    public func enable(_ subscription: String, _ connection: Connection) async throws {
        try await functions.enable(subscription, connection)
    }

    public func disable(_ subscription: String, _ connection: Connection) async throws {
        try await functions.disable(subscription, connection)
    }

    public func positions(_ connection: Connection) async throws -> [String: LSN] {
        try await functions.catalog.positions(connection)
    }
}
