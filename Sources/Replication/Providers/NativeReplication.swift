import Postgres

/// Postgres's own publications and subscriptions, from PostgreSQL 14 on.
public struct NativeReplication: LogicalReplication {
    public let provider = ReplicationProvider.native
    public let outputPlugin = "pgoutput"
    public let library: String? = nil
    public let positionsSurviveRecovery = true
    private let catalog = NativeCatalog()

    public init() {}

    public func read(_ connection: Connection) async throws -> DatabaseReplication? {
        guard let database = try await connection.value("SELECT current_database()") else { return nil }
        let found = DatabaseReplication(
            database: database, provider: .native, sets: try await catalog.publications(connection),
            subscriptions: try await catalog.subscriptions(connection))
        return found.isEmpty ? nil : found
    }

    public func createNode(_ identity: ReplicationIdentity, _ connection: Connection) async throws {}

    public func createSets(_ sets: [ReplicationSet], _ connection: Connection) async throws -> [String] {
        let present = try await catalog.publications(connection)
        var problems: [String] = []
        for set in sets {
            let existing = present.first { $0.name == set.name }
            guard existing != set else { continue }
            if existing != nil { try await connection.execute("DROP PUBLICATION \(SQL.identifier(set.name))") }
            var tables: [ReplicatedTable] = []
            for table in set.tables {
                if try await connection.value("SELECT to_regclass($1)", [table.relation.quoted]) == nil {
                    problems.append("\(table.relation) of publication \(set.name) does not exist")
                } else {
                    tables.append(table)
                }
            }
            try await connection.execute(NativeStatements.createPublication(set, tables: tables))
            try await setOwner(set.owner, of: "PUBLICATION", set.name, connection)
        }
        return problems
    }

    public func addTables(
        inSchemas schemas: [String], publication name: String, _ connection: Connection
    ) async throws {
        let present = try await catalog.publications(connection).first { $0.name == name }
        guard var set = present else {
            let set = ReplicationSet(name: name, schemas: schemas)
            try await connection.execute(NativeStatements.createPublication(set, tables: []))
            return
        }
        let missing = schemas.filter { !set.schemas.contains($0) }
        guard !set.allTables, !missing.isEmpty else { return }
        set.schemas = missing
        try await connection.execute(
            "ALTER PUBLICATION \(SQL.identifier(name)) ADD TABLES IN SCHEMA "
                + missing.map { SQL.identifier($0) }.joined(separator: ", "))
    }

    public func createSubscription(
        _ subscription: ReplicationSubscription, at position: LSN?, _ connection: Connection
    ) async throws {
        if try await oid(of: subscription.name, connection) == nil {
            try await connection.execute(NativeStatements.createSubscription(subscription))
            try await setOwner(subscription.options["owner"], of: "SUBSCRIPTION", subscription.name, connection)
        }
        guard let position, let oid = try await oid(of: subscription.name, connection) else { return }
        try await ReplicationOrigins.create("pg_\(oid)", connection)
        try await ReplicationOrigins.advance("pg_\(oid)", to: position, connection)
    }

    public func slotName(
        of subscription: String, in database: String, from provider: String?, _ connection: Connection
    ) async throws -> String { subscription }

    public func drop(_ subscription: String, _ connection: Connection) async throws {
        guard try await oid(of: subscription, connection) != nil else { return }
        try await disable(subscription, connection)
        let name = SQL.identifier(subscription)
        try await connection.execute("ALTER SUBSCRIPTION \(name) SET (slot_name = NONE)")
        try await connection.execute("DROP SUBSCRIPTION \(name)")
    }

    public func enable(_ subscription: String, _ connection: Connection) async throws {
        try await connection.execute("ALTER SUBSCRIPTION \(SQL.identifier(subscription)) ENABLE")
    }

    public func disable(_ subscription: String, _ connection: Connection) async throws {
        guard try await oid(of: subscription, connection) != nil else { return }
        try await connection.execute("ALTER SUBSCRIPTION \(SQL.identifier(subscription)) DISABLE")
        try await WorkerWait.untilGone(
            subscription, connection,
            query: "SELECT pid FROM pg_stat_subscription WHERE subname = $1 AND pid IS NOT NULL")
    }

    public func positions(_ connection: Connection) async throws -> [String: LSN] {
        let rows = try await connection.query(
            """
            SELECT s.subname, o.remote_lsn FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
              JOIN pg_replication_origin_status o ON o.external_id = 'pg_' || s.oid
             WHERE d.datname = current_database() AND o.remote_lsn > '0/0'
            """)
        return Dictionary(rows.compactMap { row in row.lsn("remote_lsn").map { (row["subname"] ?? "", $0) } }) { $1 }
    }

    public func renew(
        _ subscription: ReplicationSubscription, at slot: LSN, _ connection: Connection
    ) async throws {
        try await createSubscription(subscription, at: slot, connection)
    }

    public func clean(_ connection: Connection) async throws {
        for subscription in try await catalog.subscriptions(connection) {
            let name = SQL.identifier(subscription.name)
            try await connection.execute("ALTER SUBSCRIPTION \(name) DISABLE")
            try await connection.execute("ALTER SUBSCRIPTION \(name) SET (slot_name = NONE)")
            // A table that was still being copied would have the publisher asked for its slot.
            _ = try await connection.query(
                "UPDATE pg_subscription_rel SET srsubstate = 'r' WHERE srsubid = $1::oid AND srsubstate <> 'r'",
                [subscription.id])
            try await connection.execute("DROP SUBSCRIPTION \(name)")
        }
        for publication in try await catalog.publications(connection) {
            try await connection.execute("DROP PUBLICATION \(SQL.identifier(publication.name))")
        }
    }

    private func oid(of subscription: String, _ connection: Connection) async throws -> String? {
        try await connection.value(
            """
            SELECT s.oid FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
             WHERE d.datname = current_database() AND s.subname = $1
            """, [subscription])
    }

    private func setOwner(
        _ owner: String?, of kind: String, _ name: String, _ connection: Connection
    ) async throws {
        guard let owner, try await connection.value("SELECT 1 FROM pg_roles WHERE rolname = $1", [owner]) != nil else {
            return
        }
        try await connection.execute("ALTER \(kind) \(SQL.identifier(name)) OWNER TO \(SQL.identifier(owner))")
    }
}
