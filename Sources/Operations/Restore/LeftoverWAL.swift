import Catalog
import Failures
import PgBackRest
import Postgres

/// What a dead server left in `pg_wal`: archived where that can be done, and copied aside in any case.
///
/// The segment that was being written is archived only with ``archiveRest(_:in:)``, once the server that wrote it will
/// never go on with it: had it been archived before, and the server were started again after all, its own archiver
/// could not archive that segment any more, now with more in it.
struct LeftoverWAL {
    struct Outcome: Sendable {
        /// Directory of the copies.
        var copy: String
        /// Names of the copies that are still to be archived.
        var rest: [String]
        var sentence: String
    }

    var node: NodePlacement
    var tools: NodeTools
    /// Where the WAL is when the data directory is gone and its `pg_wal` was a link; nil when it is in its place.
    var linkTarget: String?

    /// Copies the segments that hold WAL and are not archived, and archives the complete ones. Returns nil when there
    /// are none.
    func save(archive: Bool, copyTo copy: String) async throws -> Outcome? {
        let segments = try await tools.unarchivedSegments(node, in: linkTarget)
        guard !segments.isEmpty else { return nil }
        try Directories.create(copy, mode: 0o700)
        for segment in segments { try Directories.copyFile("\(directory)/\(segment)", to: "\(copy)/\(segment)") }
        for entry in [copy, Directories.parent(of: copy)] { Directories.flush(entry) }
        let complete = segments.filter { Directories.exists("\(directory)/archive_status/\($0).ready") }
        let rest = archive ? segments.filter { !complete.contains($0) } : []
        let pushed = archive ? try await push(complete, from: copy) : 0
        return Outcome(
            copy: copy, rest: rest,
            sentence: "\(segments.count) WAL segments left by the dead server, copied to \(copy): \(pushed) archived"
                + (rest.isEmpty ? "" : ", \(rest.count) will be before any file is overwritten"))
    }

    /// Archives what ``save(archive:copyTo:)`` left, from the copies; recovery reads the last segment to its last valid
    /// record. Safe to repeat.
    func archiveRest(_ names: [String], in copy: String) async throws { _ = try await push(names, from: copy) }

    private var directory: String { linkTarget ?? "\(node.primary.pgdata)/pg_wal" }

    private func push(_ segments: [String], from copy: String) async throws -> Int {
        guard !segments.isEmpty else { return 0 }
        return try await Directories.withTemporary { try await push(segments, from: copy, scratch: $0) }
    }

    /// Returns how many were taken.
    private func push(_ segments: [String], from copy: String, scratch: String) async throws -> Int {
        guard let identity = try await identity(scratch) else { return 0 }
        var pushed = 0
        for segment in segments {
            do {
                try await tools.backrest(node, .backup).archivePush("\(copy)/\(segment)", identity: identity)
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
