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
        } else if await run.journal.facts(node.name).undo == nil {
            try await saveLeftoverWAL(run, node, book)
        }
        let warning = try await markSource(run, node)
        await run.pause("remove-backup-configuration.marked")
        try await turnBackupsOff(run, node)
        return warning
    }

    /// From here on `backup` refuses the node, and the summary says how to turn backups on again.
    private func turnBackupsOff(_ run: RestoreRun, _ node: NodePlacement) async throws {
        try run.tools.changeRecord(node.databaseID) { record in
            if record.nodes[node.name]?.backups == .on { record.nodes[node.name]?.backups = .off }
        }
        try await WayBack(run: run, node: node).record()
        await run.context.schedulesChanged(node.databaseID)
    }

    /// Writes a commit and a restore point, and waits until they are archived.
    private func markEnd(_ run: RestoreRun, _ node: NodePlacement, _ book: BookReference?) async throws {
        guard await run.journal.facts(node.name).undo == nil else { return }
        guard let book else { return try await markByHand(run, node) }
        run.say(node, "archiving the last WAL")
        let name = try await pointName(run, node)
        let mark = try await ArchiveMark.write(name, on: node, tools: run.tools, timeLimit: Self.archiveLimit)
        let wayBack = WayBack(run: run, node: node)
        let label = try await wayBack.newestBackup(in: run.tools.backrest(node, .backup), before: mark)
        try await wayBack.note(mark, name: name, label: label, in: book)
    }

    /// A name that no restore point has yet: others may have written since one that a killed run or an abort left.
    private func pointName(_ run: RestoreRun, _ node: NodePlacement) async throws -> String {
        try await run.journal.note(node.name) { $0.marksBegun = ($0.marksBegun ?? 0) + 1 }
        let number = await run.journal.facts(node.name).marksBegun ?? 1
        return "pgstanza_\(run.id)" + (number > 1 ? "_\(number)" : "")
    }

    /// The same for a node that archives nothing since its last restore, which is undone now.
    private func markByHand(_ run: RestoreRun, _ node: NodePlacement) async throws {
        guard let undone = run.plan.order.undoes else {
            run.say(node, "nothing is archived by this node, so there will be no way back")
            return
        }
        do {
            let record = try Databases(home: run.context.home).load(node.databaseID)
            let books = BookLocator(placement: run.placement, record: record, request: nil)
            let closed = try ClosedBook.find(node, undoing: undone, tools: run.tools, books: books)
            run.say(node, "archiving the WAL since the last restore")
            let name = try await pointName(run, node)
            let mark = try await ArchiveMark.write(
                name, on: node, tools: run.tools, timeLimit: Self.archiveLimit
            ) { segment in try await closed.archive(through: segment) }
            try await WayBack(run: run, node: node).note(
                mark, name: name, label: nil, in: closed.book.reference)
        } catch let error as CancellationError {
            throw error
        } catch {
            // Without the consent the plan has promised a way back; up to here everything can still be put back.
            guard run.plan.order.consents.contains(ConsentName.noWayBack.rawValue) else { throw error }
            run.warn("\(node.name): no way back from this undo: \((error as? any Failure)?.message ?? "\(error)")")
        }
    }

    /// A running source that is another node gets a commit after the target, and its WAL archived; before that it is
    /// brought to where the node's kept slots can go on.
    private func markSource(_ run: RestoreRun, _ node: NodePlacement) async throws -> String? {
        guard let other = run.plan.source(of: node.name)?.needsMarkerOn, other != node.name,
            !run.plan.nodeNames.contains(other)
        else { return nil }
        let replication = try RestoreReplication(run)
        let problems = try await replication.bringUpToDate(other, for: node.name)
        try replication.requireUpToDate(problems)
        await run.pause("remove-backup-configuration.source-paused")
        run.say(node, "archiving the last WAL of \(other)")
        // The source goes on being written: one that a killed run left is not where the positions were read.
        let number = (await run.journal.facts(node.name).sourceMarks ?? 0) + 1
        try await run.journal.note(node.name) { $0.sourceMarks = number }
        _ = try await ArchiveMark.write(
            Self.sourcePoint(run, node, number), on: try run.node(other), tools: run.tools,
            timeLimit: Self.archiveLimit)
        try await replication.unpauseSource(for: node.name)
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// The last restore point that was made on another node that this one is restored from.
    static func sourcePoint(_ run: RestoreRun, _ node: NodePlacement, _ number: Int) -> String {
        "pgstanza_\(run.id)_source_\(node.name)" + (number > 1 ? "_\(number)" : "")
    }

    private func saveLeftoverWAL(_ run: RestoreRun, _ node: NodePlacement, _ book: BookReference?) async throws {
        guard await run.journal.facts(node.name).walSetAside == nil else { return }
        let copy = "\(run.directory)/\(node.name)/pg_wal"
        let outcome = try await LeftoverWAL(node: node, tools: run.tools, linkTarget: linkTarget(run, node)).save(
            archive: book != nil, copyTo: copy)
        guard let outcome else { return }
        run.say(node, outcome.sentence)
        try await run.journal.note(node.name) {
            $0.walSetAside = outcome.copy
            $0.walToArchive = outcome.rest
        }
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
