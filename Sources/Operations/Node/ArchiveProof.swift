import Failures
import PgBackRest
import Postgres

extension Archiving {
    /// How long a segment may take to arrive in the repositories, in seconds. The server's archiver waits a minute
    /// after three failures before it tries again.
    public static let proofLimit = 150.0

    /// Proves that WAL arrives: commits something, switches to a new segment, and waits until the old one is in every
    /// repository. Gives the segment's name.
    ///
    /// Throws `archive-stuck` (1), with what the archiver says, when that takes longer than `timeLimit` seconds.
    @discardableResult
    public static func prove(
        _ node: NodePlacement, _ tools: NodeTools, repositories: Int, timeLimit: Double = Archiving.proofLimit
    ) async throws -> String {
        try await tools.withConnection(to: node.primary, of: node) { connection in
            // A transaction id makes the empty transaction leave a commit record behind.
            try await connection.execute("SET synchronous_commit = local; SELECT pg_current_xact_id()")
            // The answer is the end of the switch record, which for a full segment is where the next one begins.
            let last = try await connection.value("SELECT pg_walfile_name(pg_switch_wal() - 1)")
            guard let segment = last else {
                throw OperationError(.defect, code: "no-segment", "the server names no WAL segment")
            }
            try await wait(for: segment, connection, node, tools, repositories: repositories, timeLimit: timeLimit)
            return segment
        }
    }

    private static func wait(
        for segment: String, _ connection: Connection, _ node: NodePlacement, _ tools: NodeTools, repositories: Int,
        timeLimit: Double
    ) async throws {
        let start = ContinuousClock.now
        var missing = Array(1...max(repositories, 1))
        while true {
            // The archiver's own word first: it costs nothing, and the repository is then asked once.
            let row = try await connection.query(
                "SELECT last_archived_wal, last_failed_wal FROM pg_stat_archiver"
            ).first
            if let last = row?["last_archived_wal"], last.prefix(8) == segment.prefix(8), last.prefix(24) >= segment {
                var stillMissing: [Int] = []
                for repo in missing where try await !holds(segment, tools.backrest(node), repo: repo) {
                    stillMissing.append(repo)
                }
                missing = stillMissing
                if missing.isEmpty { return }
            }
            guard ContinuousClock.now - start < .seconds(timeLimit) else {
                let failed = row?["last_failed_wal"].map { "; the server's archiver last failed at \($0)" } ?? ""
                throw OperationError(
                    .operation, code: "archive-stuck",
                    "WAL segment \(segment) of \(node.name) did not reach its repository within \(Int(timeLimit)) s"
                        + failed,
                    hint: "see what archive_command said in the server's log, and \(node.logPath)",
                    details: tools.lastLogLines(node.primary, of: node, count: 15))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func holds(_ segment: String, _ backrest: PgBackRest, repo: Int) async throws -> Bool {
        try await backrest.archive(repo: repo).archives.contains { archive in
            archive.timelines.values.contains { $0.contains { $0.text == segment } }
        }
    }
}
