import Catalog
import Failures
import FoundationEssentials
import PgBackRest
import Postgres

/// Goes on in the repositories from before a restore, when the DBA says so.
///
/// Only where that is sound: the cluster is the one whose stanza it is, and its new timeline is whole in the archive,
/// from its history file and its first segment on. WAL that was written while nothing was archived is pushed from
/// `pg_wal`, as long as it is still there.
struct SameBook {
    var node: NodePlacement
    var tools: NodeTools

    private var backrest: PgBackRest { tools.backrest(node, .backup) }
    private var walDirectory: String { "\(node.primary.pgdata)/pg_wal" }

    /// Returns the id of the first repository. Throws `other-identity`, `other-timeline` or `timeline-incomplete` (73)
    /// before anything is changed.
    func open() async throws -> String {
        let record = try Databases(home: tools.context.home).load(node.databaseID)
        let repositories = node.spec.backupConfig?.repositories ?? []
        guard record.nodes[node.name]?.isOpeningBook != true else {
            throw refusal(
                "book-begun", "a new repository was already accepted for \(node.name)",
                hint: "go on with it: pgstanza db update \(node.databaseID)")
        }
        let line = try await presentLine()
        var missing: Set<String> = []
        for number in 1...max(repositories.count, 1) {
            missing.formUnion(try await missingFiles(line, repo: number, record))
        }
        for name in missing.sorted() where !Directories.exists("\(walDirectory)/\(name)") {
            throw refusal(
                "timeline-incomplete",
                "\(name) of \(node.name)'s timeline \(line.history.timeline) is neither in the archive nor in pg_wal any more",
                hint: "let backups go into a repository of their own: pgstanza db update \(node.databaseID)")
        }
        tools.say(node, "archiving what was written since the restore")
        for name in missing.sorted() {
            _ = try await backrest.run("archive-push", options: ["\(walDirectory)/\(name)"])
        }
        let backups = BackupsOn(node: node, tools: tools)
        try await backups.turnArchivingOn()
        tools.say(node, "proving that WAL arrives")
        _ = try await Archiving.prove(node, tools, repositories: repositories.count)
        try await backrest.check()
        try await backups.takeFirst(repositories: repositories.count)
        try backups.remember()
        return repositories.first.map { $0.id ?? $0.kind.typeName } ?? ""
    }

    /// The server's timeline, where it began, and the segment that it writes now.
    private struct Line {
        var history: TimelineHistory
        var historyFile: String
        var first: WALSegmentName
        var current: WALSegmentName
    }

    private func presentLine() async throws -> Line {
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
        guard Directories.exists("\(walDirectory)/\(file)") else {
            throw refusal(
                "timeline-incomplete", "\(walDirectory) has no \(file)",
                hint: "let backups go into a repository of their own: pgstanza db update \(node.databaseID)")
        }
        let history = try TimelineHistory.parse(
            try AtomicFile.readText("\(walDirectory)/\(file)"), timeline: current.timeline)
        let start = history.entries.last?.switchPosition ?? current.start
        let first = WALSegmentName(timeline: current.timeline, number: start.bytes / size, segmentSize: size)
        return Line(history: history, historyFile: file, first: first, current: current)
    }

    /// Files of the timeline that one repository lacks, the segment under way left out.
    private func missingFiles(_ line: Line, repo: Int, _ record: DatabaseRecord) async throws -> Set<String> {
        let info = try await backrest.info(repo: repo)
        guard let database = info.currentDatabase(repo: repo),
            String(database.systemIdentifier) == record.nodes[node.name]?.systemIdentifier
        else {
            throw refusal(
                "other-identity", "repository \(repo) of \(node.name) belongs to another system identifier",
                hint: "let backups go into a repository of their own: pgstanza db update \(node.databaseID)")
        }
        guard let archive = try await backrest.archive(repo: repo).archive(databaseID: database.id) else {
            throw refusal("no-archive", "repository \(repo) of \(node.name) has no archive", hint: nil)
        }
        var missing: Set<String> = []
        if archive.histories.contains(line.history.timeline) {
            let theirs = try await backrest.history(
                of: line.history.timeline, archiveID: database.archiveID, repo: repo)
            guard theirs == line.history else {
                throw refusal(
                    "other-timeline",
                    "the archive of \(node.name) holds another timeline \(line.history.timeline), of an earlier restore",
                    hint: "let backups go into a repository of their own: pgstanza db update \(node.databaseID)")
            }
        } else {
            missing.insert(line.historyFile)
        }
        if line.first.number < line.current.number {
            for number in line.first.number..<line.current.number {
                let segment = WALSegmentName(
                    timeline: line.current.timeline, number: number, segmentSize: line.current.segmentSize)
                if !archive.contains(segment) { missing.insert(segment.text) }
            }
        }
        return missing
    }

    private func refusal(_ code: String, _ message: String, hint: String?) -> OperationError {
        OperationError(.refused, code: code, message, hint: hint)
    }
}
