import Postgres

/// Waits for the worker of a subscription to end.
enum WorkerWait {
    /// Seconds after which a worker that does not end by itself is told to, and after which it is given up.
    private static let patience = 3.0
    private static let limit = 30.0

    /// `query` gives the pids of the worker's processes.
    static func untilGone(_ name: String, _ connection: Connection, query: String) async throws {
        let start = ContinuousClock.now
        while true {
            let pids = try await connection.query(query, [name]).compactMap { $0[0] }
            if pids.isEmpty { return }
            let waited = ContinuousClock.now - start
            guard waited < .seconds(limit) else {
                throw ReplicationError(
                    .operation, code: "worker-left",
                    "the worker of subscription \(name) on \(connection.parameters.place) did not end within "
                        + "\(Int(limit)) s (process \(pids.joined(separator: ", ")))",
                    hint: "see what it waits for in pg_stat_activity")
            }
            if waited > .seconds(patience) {
                for pid in pids { _ = try await connection.query("SELECT pg_terminate_backend($1::int)", [pid]) }
            }
            try await Task.sleep(for: .milliseconds(30))
        }
    }
}
