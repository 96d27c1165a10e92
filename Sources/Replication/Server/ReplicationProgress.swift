import Postgres

/// How far a subscriber is with what its provider wrote, as the provider sees it.
public enum ReplicationProgress {
    /// Where the server's next record goes: everything that was committed before lies before it.
    public static func insertPosition(_ connection: Connection) async throws -> LSN {
        guard let row = try await connection.query("SELECT pg_current_wal_insert_lsn() AS lsn").first,
            let lsn = row.lsn("lsn")
        else {
            throw ReplicationError(
                .operation, code: "no-position",
                "the server at \(connection.parameters.place) does not tell its WAL position",
                hint: "it must be a primary that is up: see SELECT pg_is_in_recovery() there")
        }
        return lsn
    }

    /// What the reader of a slot has confirmed; nil when there is no such slot.
    public static func confirmed(_ slot: String, _ connection: Connection) async throws -> LSN? {
        try await connection.query(
            "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1", [slot]
        ).first?.lsn("confirmed_flush_lsn")
    }

    /// Whether somebody reads from the slot just now.
    public static func isActive(_ slot: String, _ connection: Connection) async throws -> Bool {
        try await connection.value(
            "SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND active", [slot]) != nil
    }

    /// Waits until the reader of `slot` has confirmed `position`.
    ///
    /// Gives false when that did not happen and for `patience` seconds nothing moved either.
    public static func wait(
        for slot: String, toPass position: LSN, _ connection: Connection, patience: Double
    ) async throws -> Bool {
        var last = LSN(bytes: 0)
        var moved = ContinuousClock.now
        while true {
            let confirmed = try await confirmed(slot, connection) ?? LSN(bytes: 0)
            if confirmed >= position { return true }
            if confirmed > last {
                last = confirmed
                moved = .now
            }
            if ContinuousClock.now - moved > .seconds(patience) { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
