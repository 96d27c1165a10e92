import Postgres

/// Replication origins: how far a server is with each of its providers.
enum ReplicationOrigins {
    /// Makes the origin when it is missing.
    static func create(_ name: String, _ connection: Connection) async throws {
        _ = try await connection.query(
            """
            SELECT pg_replication_origin_create($1)
             WHERE NOT EXISTS (SELECT FROM pg_replication_origin WHERE roname = $1)
            """, [name])
    }

    /// Moves the origin, forwards or backwards; nobody may be using it.
    static func advance(_ name: String, to position: LSN, _ connection: Connection) async throws {
        _ = try await connection.query(
            "SELECT pg_replication_origin_advance($1, $2::pg_lsn)", [name, position.description])
    }

    /// Drops those of the origins that exist.
    static func drop(_ names: [String], _ connection: Connection) async throws {
        for name in names {
            _ = try await connection.query(
                "SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin WHERE roname = $1", [name])
        }
    }
}
