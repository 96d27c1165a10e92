import Failures
import Postgres

/// Waits until a restored server has replayed what it should and is read-write.
///
/// `pg_ctl -w` returns at the first consistent moment, which says nothing about the end: recovery can still die with
/// `recovery ended before configured recovery target was reached`.
struct Promotion {
    var node: NodePlacement
    var run: RestoreRun

    private static let pause = Duration.milliseconds(100)
    /// A server that takes no connection at all for this long, in seconds, and is alive, is reported as waiting.
    private static let reportEvery = 50

    func wait() async throws {
        var round = 0
        while true {
            try Task.checkCancellation()
            if try await isPromoted() { return }
            // Looked at after the attempt to connect, so that a server that ended well in between is not called dead.
            if try !run.tools.isRunning(node.primary) { throw died() }
            round += 1
            if round.isMultiple(of: Self.reportEvery) {
                run.say(node, "replaying WAL\((try? await position()).map { ", at \($0)" } ?? "")")
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func isPromoted() async throws -> Bool {
        do {
            return try await run.tools.withConnection(to: node.primary, of: node) { connection in
                try await connection.value("SELECT NOT pg_is_in_recovery()") == "t"
            }
        } catch let error as PostgresError where error.kind == .unavailable || error.isStartingUp {
            return false
        }
    }

    private func position() async throws -> String? {
        try await run.tools.withConnection(to: node.primary, of: node) { connection in
            try await connection.value("SELECT pg_last_wal_replay_lsn()")
        }
    }

    /// What follows `FATAL:` or `PANIC:` in a line of the server's log.
    private static func afterLevel(_ line: String) -> String {
        for level in ["FATAL:", "PANIC:"] {
            if let found = line.firstRange(of: level) {
                return String(line[found.upperBound...].drop(while: \.isWhitespace))
            }
        }
        return line
    }

    /// Refused sessions are logged as FATAL too, our own attempts to connect first of all.
    static func reason(in lines: [String]) -> String? {
        let sessions = ["the database system is ", "pg_hba.conf", "terminating connection", "no pg_hba.conf entry"]
        return lines.last { line in
            (line.contains("FATAL:") || line.contains("PANIC:")) && !sessions.contains { line.contains($0) }
        }.map { afterLevel($0) }
    }

    /// What to throw when the server has ended.
    func died() -> OperationError {
        let lines = run.tools.lastLogLines(node.primary, of: node, count: 200)
        return OperationError(
            .operation, code: "recovery-failed",
            "the server of \(node.name) ended before its recovery had reached the target"
                + (Self.reason(in: lines).map { ": \($0)" } ?? ""),
            hint: "the node is down and its files are those of the backup; choose another target and run "
                + "pgstanza restore \(node.databaseID) again, or pgstanza restore resume \(node.databaseID) "
                + "when the cause is mended",
            details: Array(lines.suffix(10)))
    }
}
