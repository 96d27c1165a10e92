import Postgres

/// Finds out from the catalogs of every database how a server takes part in logical replication.
public enum ReplicationInventory {
    /// Subscriptions and logical slots of the server, in a stable order.
    ///
    /// `parameters` name the server; its database is replaced by each one in turn. Databases that allow no connections
    /// hold no subscription that could be at work, and are passed over. Throws what the sessions throw.
    public static func participants(of parameters: ConnectionParameters) async throws -> [ReplicationParticipant] {
        var parameters = parameters
        parameters.database = "postgres"
        let (databases, shared) = try await Connection.with(parameters) { connection in
            (try await connectableDatabases(connection), try await serverWide(connection))
        }
        var found = shared
        for database in databases {
            parameters.database = database
            found += try await Connection.with(parameters) { connection in
                try await extensionSubscriptions(connection, database)
            }
        }
        return found
    }

    private static func connectableDatabases(_ connection: Connection) async throws -> [String] {
        try await connection.query("SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname")
            .compactMap { $0["datname"] }
    }

    /// Postgres's own subscriptions stand in a catalog that all databases share, as the slots do.
    private static func serverWide(_ connection: Connection) async throws -> [ReplicationParticipant] {
        let subscriptions = try await connection.query(
            "SELECT d.datname, s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid ORDER BY 1, 2")
        let slots = try await connection.query(
            """
            SELECT database, slot_name, plugin FROM pg_replication_slots
            WHERE slot_type = 'logical' AND NOT temporary ORDER BY 1, 2
            """)
        return subscriptions.map {
            .subscription(database: $0["datname"] ?? "", name: $0["subname"] ?? "", provider: .native)
        }
            + slots.map {
                .slot(database: $0["database"] ?? "", name: $0["slot_name"] ?? "", plugin: $0["plugin"] ?? "")
            }
    }

    /// Spock is a descendant of pglogical: both keep their subscriptions in a table of the same shape.
    private static func extensionSubscriptions(
        _ connection: Connection, _ database: String
    ) async throws -> [ReplicationParticipant] {
        var found: [ReplicationParticipant] = []
        for provider in [ReplicationProvider.spock, .pglogical] {
            let table = "\(provider.rawValue).subscription"
            guard try await connection.value("SELECT to_regclass($1)", [table]) != nil else { continue }
            for row in try await connection.query("SELECT sub_name FROM \(table) ORDER BY 1") {
                found.append(
                    .subscription(database: database, name: row["sub_name"] ?? "", provider: provider))
            }
        }
        return found
    }
}
