import Failures
import Postgres

/// Waits until the nodes have from each other what each had written when the wait began.
struct CatchUp {
    var nodes: [ReadableNode]
    /// Slots that the nodes' own subscriptions read from; what strangers take is not waited for.
    var slots: Set<String>
    var warn: @Sendable (String) -> Void

    /// Longest wait in all, in seconds.
    private static let limit = 30.0

    /// Returns when no such slot is behind, or with a warning when the time is up.
    func wait() async throws {
        let (slots, warn) = (slots, warn)
        guard !slots.isEmpty else { return }
        _ = try await SideBySide.run(nodes, name: \.name) { node in
            try await Connection.with(node.parameters) { connection in
                try await Self.wait(node.name, slots, connection, warn)
            }
        }
    }

    private static func wait(
        _ node: String, _ slots: Set<String>, _ connection: Connection, _ warn: @Sendable (String) -> Void
    ) async throws {
        guard try await connection.value("SELECT pg_is_in_recovery()") == "f",
            let written = try await connection.value("SELECT pg_current_wal_insert_lsn()")
        else { return }
        let start = ContinuousClock.now
        while true {
            let behind = try await connection.query(
                """
                SELECT slot_name, active FROM pg_replication_slots
                 WHERE slot_type = 'logical' AND NOT temporary AND database = current_database()
                   AND (confirmed_flush_lsn IS NULL OR confirmed_flush_lsn < $1::pg_lsn)
                 ORDER BY 1
                """, [written]
            ).filter { slots.contains($0["slot_name"] ?? "") }
            let moving = behind.filter { $0.bool("active") ?? false }
            let isOver = ContinuousClock.now - start > .seconds(limit)
            guard !moving.isEmpty, !isOver else {
                for slot in behind {
                    let name = slot["slot_name"] ?? ""
                    warn(
                        slot.bool("active") ?? false
                            ? "\(node): what was written has not all been taken from slot \(name) within \(Int(limit)) s"
                            : "\(node): nobody takes what is written from slot \(name)")
                }
                return
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
