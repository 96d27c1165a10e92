import Catalog
import Failures
import PgBackRest
import Postgres

/// The point from which a node's state before a restore can be brought back: noted in the journal, and in the record
/// for `restore undo`.
struct WayBack {
    var run: RestoreRun
    var node: NodePlacement

    /// Notes in the journal where the point is. `name` is the restore point's, nil where only a position is known.
    func note(_ mark: ArchiveMark, name: String?, label: String?, in book: BookReference) async throws {
        let now = run.context.now()
        try await run.journal.note(node.name) {
            $0.undo = UndoMark(
                book: book, label: label, timeline: mark.timeline, name: name, lsn: mark.lsn.description, at: now)
        }
    }

    /// Puts the noted point into the record; nothing when there is none. The caller holds the database's lock.
    func record() async throws {
        guard let undo = await run.journal.facts(node.name).undo else { return }
        let (id, placement, name) = (run.id, run.placement, node.name)
        try run.tools.changeRecord(node.databaseID) { record in
            let book = try BookLocator(placement: placement, record: record, request: nil).locate(undo.book)
            record.nodes[name]?.undo = UndoPoint(
                restore: id, timeline: undo.timeline, lsn: undo.lsn, restorePoint: undo.name, takenAt: undo.at,
                repositories: [PastRepository(repository: book.repository.tree)])
        }
    }

    /// The newest backup that had ended before a point.
    func newestBackup(in backrest: PgBackRest, before mark: ArchiveMark) async throws -> String? {
        try await backrest.info(repo: 1).backups.filter { $0.lsnStop.map { $0.bytes <= mark.lsn.bytes } ?? false }
            .max { $0.stopped < $1.stopped }?.label
    }

    /// A server that was down could make no restore point: the last record of its timeline in the archive stands for
    /// one, once all its WAL is there. To be called before its files are touched.
    func markEnd(of control: ControlData) async throws {
        let facts = await run.journal.facts(node.name)
        guard facts.undo == nil, facts.hadBackups, facts.lookedForEnd != true,
            let book = try run.tools.currentBook(node, evenWhenOff: true)
        else { return }
        let backrest = run.tools.backrest(node, .backup)
        if let end = try await endOfArchive(on: control, backrest) {
            let mark = ArchiveMark(lsn: end, timeline: control.timeline)
            try await note(mark, name: nil, label: try await newestBackup(in: backrest, before: mark), in: book)
            try await record()
        }
        try await run.journal.note(node.name) { $0.lookedForEnd = true }
    }

    private func endOfArchive(on control: ControlData, _ backrest: PgBackRest) async throws -> LSN? {
        let info = try await backrest.info(repo: 1)
        let size = UInt64(control.walSegmentSize)
        guard let database = info.currentDatabase(repo: 1), database.systemIdentifier == control.systemIdentifier,
            let archive = try await backrest.archive(repo: 1, segmentSize: size).archive(databaseID: database.id),
            let last = archive.last(timeline: control.timeline)
        else { return nil }
        let programs = try run.tools.programs(for: node.primary, of: node)
        return try await Directories.withTemporary { directory in
            let reader = try await backrest.walReader(
                repo: 1, archiveID: archive.id, segmentSize: size, directory: directory)
            defer { reader.close() }
            try Directories.create("\(directory)/wal")
            return try await ArchiveScanner(
                reader: reader, archive: archive, directory: "\(directory)/wal", programs: programs
            ).lastRecord(of: last)
        }
    }
}
