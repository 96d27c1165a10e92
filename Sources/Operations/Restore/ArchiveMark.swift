import Failures
import Postgres

/// A restore point that is known to be in the archive, with everything that was written before it.
struct ArchiveMark {
    var lsn: LSN
    var timeline: UInt32

    private static let pause = Duration.milliseconds(50)

    /// Writes a commit, so that a recovery to any earlier time finds its end, then the restore point, and switches the
    /// segment; returns when that segment has been archived: by the server's own archiver, or by `archive`, which is
    /// given its name.
    ///
    /// Throws `archive-stuck` (1) with what the archiver last failed at when that takes longer than `timeLimit` seconds.
    static func write(
        _ name: String, on node: NodePlacement, tools: NodeTools, timeLimit: Double,
        archive: (@Sendable (String) async throws -> Void)? = nil
    ) async throws -> ArchiveMark {
        try await tools.withConnection(to: node.primary, of: node) { connection in
            // A transaction id makes the empty transaction leave a commit record behind. The commit must not wait for
            // synchronous replicas, which may be gone already.
            _ = try await connection.execute("SET synchronous_commit = local")
            _ = try await connection.execute("SELECT pg_current_xact_id()")
            let row = try await connection.query(
                """
                SELECT point::text AS lsn, pg_walfile_name(point) AS segment
                FROM pg_create_restore_point($1) AS point
                """, [name])[0]
            guard let lsn = row.lsn("lsn"), let segment = row["segment"],
                let timeline = UInt32(segment.prefix(8), radix: 16)
            else { throw OperationError(.defect, code: "archive-mark", "no position came back for a restore point") }
            _ = try await connection.execute("SELECT pg_switch_wal()")
            if let archive {
                try await archive(segment)
            } else {
                try await waitUntilArchived(segment, connection, node: node, timeLimit: timeLimit)
            }
            return ArchiveMark(lsn: lsn, timeline: timeline)
        }
    }

    private static func waitUntilArchived(
        _ segment: String, _ connection: Connection, node: NodePlacement, timeLimit: Double
    ) async throws {
        let start = ContinuousClock.now
        while true {
            let row = try await connection.query(
                "SELECT last_archived_wal, last_failed_wal, last_failed_time FROM pg_stat_archiver")[0]
            // A text compare is right within one timeline; a history file sorts before its timeline's segments.
            if let last = row["last_archived_wal"], last.prefix(8) == segment.prefix(8), last.prefix(24) >= segment {
                return
            }
            guard ContinuousClock.now - start < .seconds(timeLimit) else {
                throw OperationError(
                    .operation, code: "archive-stuck",
                    "WAL segment \(segment) of \(node.name) did not reach the archive within \(Int(timeLimit)) s"
                        + (row["last_failed_wal"].map { "; the archiver last failed at \($0)" } ?? ""),
                    hint: "see the server's log for what archive_command said, mend it, then resume; "
                        + "or: pgstanza restore abort \(node.databaseID)")
            }
            try await Task.sleep(for: pause)
        }
    }
}
