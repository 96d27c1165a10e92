import Catalog
import Failures
import PgBackRest
import Postgres

/// What a dead server left in `pg_wal`: archived where that can be done, and copied aside in any case.
struct LeftoverWAL {
    struct Outcome: Sendable {
        /// Directory of the copies.
        var copy: String
        var sentence: String
    }

    var node: NodePlacement
    var tools: NodeTools

    /// Saves the segments that hold WAL and are not archived. Returns nil when there are none.
    ///
    /// A segment that was being written is pushed too: recovery reads it to its last valid record, and the server
    /// that wrote it will never go on with it, since the restored one writes another timeline into another place.
    func save(archive: Bool, copyTo copy: String) async throws -> Outcome? {
        let segments = try await tools.unarchivedSegments(node)
        guard !segments.isEmpty else { return nil }
        try Directories.create(copy, mode: 0o700)
        var pushed = 0
        for segment in segments {
            let path = "\(node.primary.pgdata)/pg_wal/\(segment)"
            try Directories.copyFile(path, to: "\(copy)/\(segment)")
            guard archive else { continue }
            do {
                _ = try await tools.backrest(node, .backup).run("archive-push", options: [path])
                pushed += 1
            } catch let error as PgBackRestError where error.exitName == "archive-duplicate" {
                // Archived before, in another length; the copy is aside.
                continue
            }
        }
        return Outcome(
            copy: copy,
            sentence:
                "\(segments.count) WAL segments left by the dead server: \(pushed) archived, all copied to \(copy)")
    }
}
