import Postgres

/// Logical replication slots of a server.
public enum LogicalSlots {
    /// Seconds that the making of a slot may take. It waits for every transaction that is open and has written.
    public static let creationLimit = 30.0

    /// All of them that outlive a session, in a stable order.
    public static func all(_ connection: Connection) async throws -> [LogicalSlot] {
        try await connection.query(
            """
            SELECT slot_name, database, plugin FROM pg_replication_slots
             WHERE slot_type = 'logical' AND NOT temporary ORDER BY database, slot_name
            """
        ).map {
            LogicalSlot(name: $0["slot_name"] ?? "", database: $0["database"] ?? "", plugin: $0["plugin"] ?? "")
        }
    }

    /// Makes the slot in the connection's database and gives where it stands; one of that name and plugin that is
    /// there is kept.
    ///
    /// Throws `slot-blocked` (1), naming the transactions that it waited for, when it takes longer than `timeout`
    /// seconds, and `slot-exists` (73) when something else has the name.
    public static func create(
        _ name: String, plugin: String, _ connection: Connection, timeout: Double = creationLimit
    ) async throws -> LSN {
        if let position = try await position(name, plugin: plugin, connection) { return position }
        do {
            _ = try await connection.query(
                "SELECT lsn FROM pg_create_logical_replication_slot($1, $2)", [name, plugin], timeout: timeout)
        } catch let error as PostgresError where error.code == "query-timeout" {
            throw ReplicationError(
                .operation, code: "slot-blocked",
                "slot \(name) on \(connection.parameters.place) could not be made within \(Int(timeout)) s: it waits for "
                    + "open transactions",
                hint: "end them, then go on", details: (try? await blockers(connection)) ?? [])
        }
        guard let position = try await position(name, plugin: plugin, connection) else {
            throw ReplicationError(
                .operation, code: "slot-gone", "slot \(name) vanished as soon as it was made",
                hint: "something drops slots on \(connection.parameters.place): stop it, then run the same again")
        }
        return position
    }

    /// Where the slot stands: everything before is confirmed. nil when there is none.
    ///
    /// Throws `slot-exists` (73) when another plugin or database has the name.
    public static func position(_ name: String, plugin: String, _ connection: Connection) async throws -> LSN? {
        let row = try await connection.query(
            """
            SELECT plugin, database = current_database() AS here, confirmed_flush_lsn
              FROM pg_replication_slots WHERE slot_name = $1
            """, [name]
        ).first
        guard let row else { return nil }
        guard row["plugin"] == plugin, row.bool("here") == true, let position = row.lsn("confirmed_flush_lsn") else {
            throw ReplicationError(
                .refused, code: "slot-exists",
                "the server at \(connection.parameters.place) has a slot \(name) that is somebody else's",
                hint: "rename or drop it there when it is not needed: SELECT pg_drop_replication_slot('\(name)')")
        }
        return position
    }

    /// Drops the slot, ending whoever reads from it; nothing to do when there is none.
    public static func drop(_ name: String, _ connection: Connection) async throws {
        for _ in 0..<100 {
            let row = try await connection.query(
                "SELECT active_pid FROM pg_replication_slots WHERE slot_name = $1", [name]
            ).first
            guard let row else { return }
            if let pid = row["active_pid"] {
                _ = try await connection.query("SELECT pg_terminate_backend($1::int, 1000)", [pid])
            }
            do {
                _ = try await connection.query(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", [name])
                return
            } catch let error as PostgresError where error.sqlState == "55006" {
                // Somebody came back to it between the two.
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        throw ReplicationError(
            .operation, code: "slot-in-use", "slot \(name) on \(connection.parameters.place) is taken again and again",
            hint:
                "stop what reads from it: pg_replication_slots.active_pid names the process, pg_stat_activity whose it "
                + "is")
    }

    /// Transactions that have written and are open, the oldest first: what the making of a slot waits for.
    public static func blockers(_ connection: Connection) async throws -> [String] {
        let open = try await connection.query(
            """
            SELECT format('process %s: %s on %s (%s), open since %s', pid, coalesce(usename, backend_type),
                       coalesce(datname, '-'), coalesce(nullif(application_name, ''), state),
                       to_char(xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS text
              FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start
            """
        ).compactMap { $0["text"] }
        return open
            + (try await SessionControl.preparedTransactions(connection).map { "prepared transaction \($0.gid)" })
    }
}
