import Failures
import Postgres

/// The server session of a pgbackrest that was killed while it started a backup.
///
/// It waits for a checkpoint inside the server, does not notice that its client is gone, and holds the lock that keeps
/// every other backup out until the checkpoint is over, which can take minutes.
struct AbandonedBackup {
    var node: NodePlacement
    var tools: NodeTools

    /// The key of the advisory lock that pgBackRest takes for a backup (PG_BACKUP_ADVISORY_LOCK in its db.c).
    private static let lock: UInt64 = 12_340_078_987_004_321

    private struct Session: Sendable {
        var pid: Int32
        var text: String
    }

    /// Ends the session where `isAgreed`; nothing to do where there is none.
    ///
    /// Throws `end-session` (73) with the session's name where there is one and it was not agreed, and `backup-running`
    /// (75) when the lock's holder is at work.
    func end(isAgreed: Bool) async throws {
        let node = node
        try await tools.withConnection(to: node.primary, of: node) { connection in
            guard let session = try await Self.holder(connection) else { return }
            if let living = Self.living(node) {
                throw OperationError(
                    .busy, code: "backup-running",
                    "another backup of \(node.name) is under way: \(living) (server \(session.text))",
                    hint: "wait until it has ended, or end it with SIGINT")
            }
            guard isAgreed else {
                throw OperationError(
                    .refused, code: ConsentName.endSession.rawValue,
                    "\(session.text) of a pgbackrest that is gone still holds the backup lock of \(node.name)",
                    hint: "it ends by itself with the next checkpoint; to end it now: "
                        + "--consent \(ConsentName.endSession.rawValue)")
            }
            // The second argument waits for the process to be gone, in milliseconds.
            _ = try await connection.query("SELECT pg_terminate_backend($1::int, 30000)", [String(session.pid)])
            guard try await Self.holder(connection)?.pid != session.pid else {
                throw OperationError(
                    .operation, code: "session-left", "\(session.text) does not end",
                    hint: "a process that waits for the operating system cannot be ended from SQL; see what it does")
            }
            tools.say(node, "ended \(session.text) of a pgbackrest that is gone")
        }
    }

    private static func holder(_ connection: Connection) async throws -> Session? {
        try await connection.query(
            """
            SELECT a.pid, a.application_name,
                   to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
                   coalesce(a.wait_event, a.state, '') AS doing
              FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
               AND l.classid = $1::oid AND l.objid = $2::oid AND a.application_name LIKE 'pgBackRest%'
            """, [String(lock >> 32), String(lock & 0xffff_ffff)]
        ).first.map { row in
            Session(
                pid: Int32(row["pid"] ?? "") ?? 0,
                text: "session \(row["pid"] ?? "") (\(row["application_name"] ?? ""), \(row["doing"] ?? "") since "
                    + "\(row["since"] ?? ""))")
        }
    }

    /// A pgbackrest of this host that takes a backup of the node; nil when none does.
    private static func living(_ node: NodePlacement) -> String? {
        StrayProcesses.living { program, arguments in
            program.contains("pgbackrest") && arguments.contains { $0 == "backup" || $0.hasPrefix("backup:") }
                && isAbout(node.primary.pgdata, arguments)
        }.first
    }

    /// One that somebody started by hand reads a configuration of its own, and counts when that cannot be seen.
    static func isAbout(_ pgdata: String, _ arguments: [String]) -> Bool {
        func value(_ option: String) -> String? {
            arguments.first { $0.hasPrefix(option) }.map { String($0.dropFirst(option.count)) }
        }
        if let directory = value("--pg1-path=") { return RealPath.of(directory) == RealPath.of(pgdata) }
        guard let config = value("--config="), let text = ConfigurationFileFinder.read(config) else { return true }
        return text.contains("=\(pgdata)") || text.contains("=\(RealPath.of(pgdata))")
    }
}
