import Catalog
import Failures
import FoundationEssentials
import PgBackRest
import Postgres

/// The timeline that a node's server writes, from where it began to the segment under way, as files of its `pg_wal`:
/// what an archive must hold so that recovery can follow it.
///
/// A restored node writes while nothing is archived; its timeline can be brought into an archive as long as the files
/// are still there.
struct PresentTimeline {
    var node: NodePlacement
    var tools: NodeTools
    var history: TimelineHistory
    var historyFile: String
    /// The segment in which the timeline began.
    var first: WALSegmentName
    /// The segment that the server writes now.
    var current: WALSegmentName

    private var walDirectory: String { "\(node.primary.pgdata)/pg_wal" }

    /// Asks the running server. Throws `timeline-incomplete` (73) where the history file is gone, or there never was
    /// one, as on timeline 1.
    static func read(_ node: NodePlacement, _ tools: NodeTools) async throws -> PresentTimeline {
        let row = try await tools.withConnection(to: node.primary, of: node) { connection in
            try await connection.query(
                """
                SELECT pg_walfile_name(pg_current_wal_lsn()) AS segment,
                    (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size') AS size
                """)[0]
        }
        let size = row.integer("size").map { UInt64($0) } ?? WALSegmentName.defaultSegmentSize
        guard let current = row["segment"].flatMap({ WALSegmentName($0, segmentSize: size) }) else {
            throw OperationError(.defect, code: "no-segment", "the server names no WAL segment")
        }
        let file = String(current.text.prefix(8)) + ".history"
        let directory = "\(node.primary.pgdata)/pg_wal"
        guard Directories.exists("\(directory)/\(file)") else {
            throw refusal(node, "timeline-incomplete", "\(directory) has no \(file)")
        }
        let history = try TimelineHistory.parse(
            try AtomicFile.readText("\(directory)/\(file)"), timeline: current.timeline)
        let start = history.entries.last?.switchPosition ?? current.start
        let first = WALSegmentName(timeline: current.timeline, number: start.bytes / size, segmentSize: size)
        return PresentTimeline(
            node: node, tools: tools, history: history, historyFile: file, first: first, current: current)
    }

    /// The timeline's complete segments.
    private var segments: [WALSegmentName] { segments(before: current.number) }

    private func segments(before end: UInt64) -> [WALSegmentName] {
        guard first.number < end else { return [] }
        return (first.number..<end).map {
            WALSegmentName(timeline: current.timeline, number: $0, segmentSize: current.segmentSize)
        }
    }

    /// Names of the timeline's files up to a segment that is complete, the history first.
    func files(through segment: String) throws -> [String] {
        guard let last = WALSegmentName(segment, segmentSize: current.segmentSize),
            last.timeline == current.timeline
        else { throw OperationError(.defect, code: "no-segment", "\(segment) is not on timeline \(current.timeline)") }
        return [historyFile] + segments(before: last.number + 1).map(\.text)
    }

    /// Those of the files that one repository lacks.
    ///
    /// Throws `other-identity`, `no-archive` or `other-timeline` (73) where this timeline has no place there.
    func missing(
        from backrest: PgBackRest, repo: Int, systemIdentifier: String?
    ) async throws -> Set<String> {
        let info = try await backrest.info(repo: repo)
        guard let database = info.currentDatabase(repo: repo),
            String(database.systemIdentifier) == systemIdentifier
        else {
            throw refusal("other-identity", "repository \(repo) of \(node.name) belongs to another system identifier")
        }
        guard
            let archive = try await backrest.archive(repo: repo, segmentSize: current.segmentSize)
                .archive(databaseID: database.id)
        else { throw refusal("no-archive", "repository \(repo) of \(node.name) has no archive") }
        var missing: Set<String> = []
        if archive.histories.contains(history.timeline) {
            let theirs = try await backrest.history(of: history.timeline, archiveID: database.archiveID, repo: repo)
            guard theirs == history else { throw otherTimeline() }
        } else {
            missing.insert(historyFile)
        }
        missing.formUnion(segments.filter { !archive.contains($0) }.map(\.text))
        if let shared = segments.first(where: { archive.contains($0) && isHere($0.text) }) {
            try await requireSame(shared, backrest, repo: repo, archiveID: database.archiveID)
        }
        return missing
    }

    /// Two restores to one target give two timelines with one number and one history; only what they hold differs.
    private func requireSame(
        _ segment: WALSegmentName, _ backrest: PgBackRest, repo: Int, archiveID: String
    ) async throws {
        let isSame = try await Directories.withTemporary { directory in
            let reader = try await backrest.walReader(
                repo: repo, archiveID: archiveID, segmentSize: segment.segmentSize, directory: directory)
            defer { reader.close() }
            try await reader.fetch(segment.text, to: "\(directory)/\(segment.text)")
            return FileManager.default.contents(atPath: "\(directory)/\(segment.text)")
                == FileManager.default.contents(atPath: "\(walDirectory)/\(segment.text)")
        }
        guard isSame else { throw otherTimeline() }
    }

    /// Throws `timeline-incomplete` (73) unless each of `names` is in `pg_wal`.
    func requireHere(_ names: Set<String>) throws {
        for name in names.sorted() where !isHere(name) {
            throw refusal(
                "timeline-incomplete",
                "\(name) of \(node.name)'s timeline \(history.timeline) is neither in the archive nor in pg_wal any more"
            )
        }
    }

    private func isHere(_ name: String) -> Bool { Directories.exists("\(walDirectory)/\(name)") }

    /// Archives files of the timeline by hand. What is there already with the same content is left alone; with another
    /// one pgBackRest refuses it (45).
    func push(_ names: some Sequence<String>, with backrest: PgBackRest) async throws {
        for name in names { try await backrest.archivePush("\(walDirectory)/\(name)") }
    }

    private func otherTimeline() -> OperationError {
        refusal(
            "other-timeline",
            "the archive of \(node.name) holds another timeline \(history.timeline), of an earlier restore")
    }

    private func refusal(_ code: String, _ message: String) -> OperationError {
        Self.refusal(node, code, message)
    }

    private static func refusal(_ node: NodePlacement, _ code: String, _ message: String) -> OperationError {
        OperationError(
            .refused, code: code, message,
            hint: "let backups go into a repository of their own: pgstanza db update \(node.databaseID)")
    }
}
