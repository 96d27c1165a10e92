import Catalog
import Failures
import PgBackRest
import Postgres

/// Step 3: backups of the node are off, and all that it wrote is in its archive.
///
/// The real `archive_command` stays until the server has stopped, so that the tail of its WAL is archived too; only
/// what is restored comes with archiving off.
struct RemoveBackupConfiguration: RestoreStep {
    let name = RestoreStepName.removeBackupConfiguration

    /// How long the last segment may take to arrive in the archive, in seconds.
    private static let archiveLimit = 120.0

    func perform(_ run: RestoreRun, on node: NodePlacement) async throws -> String? {
        // Taken before backups are off, since only a node whose backups are on writes into a book.
        let hadBackups = await run.journal.facts(node.name).hadBackups
        let book = try run.tools.currentBook(node, evenWhenOff: hadBackups)
        if try run.tools.isRunning(node.primary) {
            try await markEnd(run, node, book)
        } else {
            try await saveLeftoverWAL(run, node, book)
        }
        let warning = try await markSource(run, node)
        await run.pause("remove-backup-configuration.marked")
        try await turnBackupsOff(run, node)
        return warning
    }

    /// From here on `backup` refuses the node, and the summary says how to turn backups on again.
    private func turnBackupsOff(_ run: RestoreRun, _ node: NodePlacement) async throws {
        let facts = await run.journal.facts(node.name)
        try run.tools.changeRecord(node.databaseID) { record in
            guard var own = record.nodes[node.name] else { return }
            if own.backups == .on { own.backups = .off }
            if let undo = facts.undo {
                own.undo = UndoPoint(
                    restore: run.id, timeline: undo.timeline, lsn: undo.lsn, restorePoint: undo.name, takenAt: undo.at,
                    repositories: (node.spec.backupConfig?.repositories ?? []).prefix(1).map {
                        PastRepository(repository: $0.tree)
                    })
            }
            record.nodes[node.name] = own
        }
        await run.context.schedulesChanged(node.databaseID)
    }

    /// Writes a commit and a restore point, and waits until they are archived.
    private func markEnd(_ run: RestoreRun, _ node: NodePlacement, _ book: BookReference?) async throws {
        guard await run.journal.facts(node.name).undo == nil else { return }
        guard let book else {
            run.say(node, "nothing is archived by this node, so there will be no way back")
            return
        }
        run.say(node, "archiving the last WAL")
        let pointName = "pgstanza_\(run.id)"
        let mark = try await ArchiveMark.write(pointName, on: node, tools: run.tools, timeLimit: Self.archiveLimit)
        let label = try await newestBackup(of: node, tools: run.tools, before: mark)
        let now = run.context.now()
        try await run.journal.note(node.name) {
            $0.undo = UndoMark(
                book: book, label: label, timeline: mark.timeline, name: pointName, lsn: mark.lsn.description, at: now)
        }
    }

    private func newestBackup(of node: NodePlacement, tools: NodeTools, before mark: ArchiveMark) async throws
        -> String?
    {
        let info = try await tools.backrest(node, .backup).info()
        return info.backups.filter { $0.lsnStop.map { $0.bytes <= mark.lsn.bytes } ?? false }
            .max { $0.stopped < $1.stopped }?.label
    }

    /// A running source that is another node gets a commit after the target, and its WAL archived; before that it is
    /// brought to where the node's kept slots can go on.
    private func markSource(_ run: RestoreRun, _ node: NodePlacement) async throws -> String? {
        guard let other = run.plan.source(of: node.name)?.needsMarkerOn, other != node.name,
            !run.plan.nodeNames.contains(other)
        else { return nil }
        let replication = try RestoreReplication(run)
        let problems = try await replication.bringUpToDate(other, for: node.name)
        await run.pause("remove-backup-configuration.source-paused")
        run.say(node, "archiving the last WAL of \(other)")
        _ = try await ArchiveMark.write(
            Self.sourcePoint(run, node), on: try run.node(other), tools: run.tools,
            timeLimit: Self.archiveLimit)
        try await replication.unpauseSource(for: node.name)
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// The restore point on another node that this one is restored from.
    static func sourcePoint(_ run: RestoreRun, _ node: NodePlacement) -> String {
        "pgstanza_\(run.id)_source_\(node.name)"
    }

    private func saveLeftoverWAL(_ run: RestoreRun, _ node: NodePlacement, _ book: BookReference?) async throws {
        guard await run.journal.facts(node.name).walSetAside == nil else { return }
        let copy = "\(run.directory)/\(node.name)/pg_wal"
        let outcome = try await LeftoverWAL(node: node, tools: run.tools, linkTarget: linkTarget(run, node)).save(
            archive: book != nil, copyTo: copy)
        guard let outcome else { return }
        run.say(node, outcome.sentence)
        try await run.journal.note(node.name) { $0.walSetAside = outcome.copy }
    }

    /// Where `pg_wal` is when only the link to it is gone: the node's own backup knows.
    private func linkTarget(_ run: RestoreRun, _ node: NodePlacement) -> String? {
        guard !Directories.exists("\(node.primary.pgdata)/pg_wal"), let source = run.plan.source(of: node.name),
            source.book.node == node.name, source.book.databaseID == node.databaseID,
            let target = source.links["pg_wal"], Directory.isDirectory(target)
        else { return nil }
        return target
    }
}
