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
    /// Where the WAL is when the data directory is gone and its `pg_wal` was a link; nil when it is in its place.
    var linkTarget: String?

    /// Saves the segments that hold WAL and are not archived. Returns nil when there are none.
    ///
    /// A segment that was being written is pushed too: recovery reads it to its last valid record, and the server
    /// that wrote it will never go on with it, since the restored one writes another timeline into another place.
    func save(archive: Bool, copyTo copy: String) async throws -> Outcome? {
        let segments = try await tools.unarchivedSegments(node, in: linkTarget)
        guard !segments.isEmpty else { return nil }
        try Directories.create(copy, mode: 0o700)
        for segment in segments { try Directories.copyFile(path(segment), to: "\(copy)/\(segment)") }
        let pushed = archive ? try await Directories.withTemporary { try await push(segments, scratch: $0) } : 0
        return Outcome(
            copy: copy,
            sentence:
                "\(segments.count) WAL segments left by the dead server: \(pushed) archived, all copied to \(copy)")
    }

    private func path(_ segment: String) -> String { "\(linkTarget ?? "\(node.primary.pgdata)/pg_wal")/\(segment)" }

    /// Returns how many were taken.
    private func push(_ segments: [String], scratch: String) async throws -> Int {
        guard let identity = try await identity(scratch) else { return 0 }
        var pushed = 0
        for segment in segments {
            do {
                _ = try await tools.backrest(node, .backup).run("archive-push", options: identity + [path(segment)])
                pushed += 1
            } catch let error as PgBackRestError where error.exitName == "archive-duplicate" {
                // Archived before, in another length; the copy is aside.
                continue
            }
        }
        return pushed
    }

    /// What tells archive-push whose WAL it is: `global/pg_control` of the data directory, or that of the newest backup
    /// in the node's own repository when the directory is damaged or gone. nil for the WAL of another cluster, for
    /// whose loss consent was given: the archive would refuse it.
    private func identity(_ scratch: String) async throws -> [String]? {
        let backrest = tools.backrest(node, .backup)
        let info = try await backrest.info(repo: 1)
        if case .cluster(let control) = try await tools.dataDirectoryState(node.primary, of: node) {
            guard let current = info.databases.max(by: { $0.id < $1.id }) else { return [] }
            return current.systemIdentifier == control.systemIdentifier ? [] : nil
        }
        guard let newest = info.backups.max(by: { $0.stopped < $1.stopped }) else { return [] }
        try Directories.create("\(scratch)/global")
        try await backrest.backupFile(
            "global/pg_control", ofSet: newest.label, repo: 1, to: "\(scratch)/global/pg_control")
        return ["--pg1-path=\(scratch)"]
    }
}
