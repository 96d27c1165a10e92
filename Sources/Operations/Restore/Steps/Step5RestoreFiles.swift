import Catalog
import Failures
import PgBackRest
import Postgres

/// Step 5: the data directory holds the backup, the node's own configuration files and the fence.
struct RestoreFiles: RestoreStep {
    let name = RestoreStepName.restoreFiles

    func perform(_ run: RestoreRun, on node: NodePlacement) async throws -> String? {
        guard let source = run.plan.source(of: node.name) else {
            throw OperationError(.defect, code: "no-source", "the plan names no backup for \(node.name)")
        }
        try await checkIdentity(run, node)
        try run.tools.removeStalePostmasterFile(node.primary)
        if run.plan.order.copiesRunning == true {
            try await RunningCopy(run: run, node: node).fill()
            await run.pause("restore-files.restored")
            try putBackOwnFiles(run, node)
            return nil
        }
        try await archiveLeftoverWAL(run, node)
        if case .cluster(let control) = try await run.tools.dataDirectoryState(node.primary, of: node) {
            try await WayBack(run: run, node: node).markEnd(of: control)
        }
        try await prepareDirectory(run, node)
        try Fence(node: node, run: run).writeFile(Quarantine.fencePath(node, run))
        var order = run.plan.order
        if let point = try await RestoreReplication(run).recoveryPoint(of: node) { order.target = .name(point) }
        let arguments = RestoreInvocation(
            order: order.narrowed(to: node.name), node: node, source: source,
            quarantine: try Quarantine(node: node, run: run).settings()
        ).arguments
        run.say(node, "restoring backup \(source.label)")
        do {
            try await run.tools.backrest(node, .restore).restore(
                arguments, expectedBytes: source.bytes,
                onProgress: { progress in
                    run.context.reporter.report(
                        .progress(
                            node: node.name, percent: progress.percent, bytesDone: progress.bytesDone,
                            bytesTotal: progress.bytesTotal))
                },
                onLine: { line in run.context.reporter.report(.childLine(node: node.name, text: line)) })
        } catch let error as PgBackRestError {
            throw outOfSpace(node, error) ?? error
        }
        try verify(node)
        await run.pause("restore-files.restored")
        try putBackOwnFiles(run, node)
        await run.pause("restore-files.own-files")
        try await removeReplicasMovedAside(run, node)
        return nil
    }

    /// The directory must still be the one that the plan was made for: somebody may have been there since.
    private func checkIdentity(_ run: RestoreRun, _ node: NodePlacement) async throws {
        if try run.tools.isRunning(node.primary) {
            // A reboot or a supervisor brought it up again. The fence is in its files, so nobody wrote to it.
            run.say(node, "stopping the server that was started again")
            try await run.tools.stop(node.primary, of: node, timeLimit: StopPrimary.stopLimit)
        }
        guard let planned = run.plan.basis.nodes.first(where: { $0.node == node.name })?.systemIdentifier,
            case .cluster(let control) = try await run.tools.dataDirectoryState(node.primary, of: node)
        else { return }
        let found = String(control.systemIdentifier)
        // A restore that was killed half way may already have written the source's control file.
        let source = run.plan.source(of: node.name)?.systemIdentifier
        guard found == planned || found == source else {
            throw OperationError(
                .refused, code: "other-cluster",
                "\(node.primary.pgdata) now holds the cluster \(found), and the plan was made for \(planned)",
                hint: "look who moved a cluster there; make a new plan when it is meant")
        }
    }

    /// What step 3 left of a dead server's WAL: the server will not be started again, so the last segment is final.
    private func archiveLeftoverWAL(_ run: RestoreRun, _ node: NodePlacement) async throws {
        let facts = await run.journal.facts(node.name)
        guard let copy = facts.walSetAside, let names = facts.walToArchive, !names.isEmpty else { return }
        run.say(node, "archiving the last WAL of the dead server")
        try await LeftoverWAL(node: node, tools: run.tools, linkTarget: nil).archiveRest(names, in: copy)
        await run.pause("restore-files.leftover-archived")
        try await run.journal.note(node.name) { $0.walToArchive = [] }
    }

    private func prepareDirectory(_ run: RestoreRun, _ node: NodePlacement) async throws {
        let pgdata = node.primary.pgdata
        switch try await run.tools.dataDirectoryState(node.primary, of: node) {
        case .missing:
            try Directories.create(pgdata, mode: 0o700)
        case .foreign:
            // pgBackRest would not touch a directory with files and without PG_VERSION; nor may they be lost.
            let aside = "\(pgdata).before-\(run.id)"
            try await run.journal.note(node.name) { $0.directoryMovedAside = aside }
            try Directories.move(pgdata, to: aside)
            try Directories.create(pgdata, mode: 0o700)
        case .empty, .cluster, .damaged:
            break
        }
        guard let source = run.plan.source(of: node.name), !(source.tablespaces.isEmpty && source.links.isEmpty),
            !Directories.exists("\(pgdata)/PG_VERSION")
        else { return }
        // Tablespaces and the WAL of a data directory that is gone may still be where they were. pgBackRest goes over
        // them, and takes what is unchanged, only for what looks like a data directory; preflight knows them as the
        // node's own.
        try AtomicFile.write("\(source.majorVersion)\n", to: "\(pgdata)/PG_VERSION", mode: 0o600)
    }

    /// pgBackRest tries a file that it had no room for once more, and then says that it does not exist.
    private func outOfSpace(_ node: NodePlacement, _ error: PgBackRestError) -> OperationError? {
        let pgdata = node.primary.pgdata
        guard error.exitName == "file-write", let free = try? DiskUsage.free(at: pgdata), free < Self.scarce else {
            return nil
        }
        return OperationError(
            .operation, code: "no-space",
            "no space is left for the files of \(node.name) in \(pgdata): \(Bytes.text(free)) are free",
            hint: "make room on that file system, then: pgstanza restore resume \(node.databaseID)",
            details: error.details)
    }

    /// Free bytes below which a file that could not be written is put down to a full disk.
    private static let scarce: Int64 = 64 << 20

    /// pgBackRest 2.45 ends well in cases where the cluster cannot start.
    private func verify(_ node: NodePlacement) throws {
        for file in ["PG_VERSION", "global/pg_control"] where !Directories.exists("\(node.primary.pgdata)/\(file)") {
            throw OperationError(
                .operation, code: "restore-incomplete",
                "pgbackrest ended well, and \(node.primary.pgdata)/\(file) is missing",
                hint: "another restore may have worked in the same directory; "
                    + "when that is over: pgstanza restore resume \(node.databaseID)")
        }
    }

    /// Everything but `postgresql.auto.conf`, which holds the quarantine until the node is itself again.
    private func putBackOwnFiles(_ run: RestoreRun, _ node: NodePlacement) throws {
        let saved = try SavedConfiguration.read(from: run.savedConfigurationDirectory(node))
        try saved.putBack(into: node.primary.pgdata, except: ["postgresql.auto.conf"])
        try Fence(node: node, run: run).writeFile(saved.hbaPath(pgdata: node.primary.pgdata))
    }

    /// Those that an unfinished restore before this one moved aside are among them.
    private func removeReplicasMovedAside(_ run: RestoreRun, _ node: NodePlacement) async throws {
        let noted = await run.journal.facts(node.name).replicasMovedAside
        for replica in node.replicas where replica.isHere {
            try Directories.removeTree(TearDownReplicas.asidePath(replica, run))
            if let aside = noted[replica.hostID] { try Directories.removeTree(aside) }
        }
    }
}
