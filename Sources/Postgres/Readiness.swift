import Failures

/// Waiting for a server to get somewhere, as long as its process lives.
public enum Readiness {
    /// Waits until the server accepts a connection; gives it.
    ///
    /// Throws at once when the server's process ends, and after `timeout` seconds; with the last lines of its log.
    public static func connected(
        to instance: InstanceLocation, database: String = "postgres", timeout: Double
    ) async throws -> Connection {
        let deadline = Deadline(seconds: timeout)
        while true {
            do {
                return try await Connection.open(instance.connection(database: database, connectTimeout: 5))
            } catch let error as PostgresError where error.kind == .unavailable {
                try requireAlive(instance)
                if deadline.isOver { throw error }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Waits until the server has left recovery and takes writes; gives its timeline.
    ///
    /// `pg_ctl -w start` returns when a server answers read-only questions, which it may do before the recovery target
    /// is found missing and it shuts itself down.
    public static func promoted(_ instance: InstanceLocation, timeout: Double) async throws -> UInt32 {
        let deadline = Deadline(seconds: timeout)
        while true {
            do {
                let connection = try await connected(to: instance, timeout: max(1, min(timeout, 10)))
                defer { Task { await connection.close() } }
                while try await connection.value("SELECT pg_is_in_recovery()") != "f" {
                    try requireAlive(instance)
                    guard !deadline.isOver else { throw notPromoted(instance, timeout) }
                    try await Task.sleep(for: .milliseconds(200))
                }
                let name = try await connection.value("SELECT pg_walfile_name(pg_current_wal_lsn())") ?? ""
                guard let timeline = UInt32(name.prefix(8), radix: 16) else {
                    throw PostgresError(
                        .operation, code: "timeline-unknown", "the server named no WAL file",
                        hint: "it must be a primary that is up: see SELECT pg_is_in_recovery()")
                }
                return timeline
            } catch let error as PostgresError where error.kind == .unavailable {
                // The session ends with the change of state, or the server is not up yet.
                try requireAlive(instance)
                guard !deadline.isOver else { throw notPromoted(instance, timeout) }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private static func notPromoted(_ instance: InstanceLocation, _ timeout: Double) -> PostgresError {
        PostgresError(
            .operation, code: "still-in-recovery",
            "the server of \(instance.pgdata) was still in recovery after \(Int(timeout)) s",
            hint: "see \(instance.logFile)")
    }

    private static func requireAlive(_ instance: InstanceLocation) throws {
        guard try ServerStatus.of(pgdata: instance.pgdata).pid == nil else { return }
        throw PostgresError(
            .operation, code: "server-ended", "the server of \(instance.pgdata) ended by itself",
            hint: "its log says why: \(instance.logFile)", details: LogTail.lastLines(of: instance))
    }
}
