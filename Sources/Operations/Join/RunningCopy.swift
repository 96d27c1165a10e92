import Catalog
import Failures
import Postgres

/// Step 5 of a node that is filled from one that runs: a base backup, which then follows its source as a standby in
/// quarantine up to a restore point that is made when the source has everything that the new node will not be sent.
struct RunningCopy {
    var run: RestoreRun
    var node: NodePlacement

    /// The slot on the source, as long as the copy follows it.
    static func slot(_ node: NodePlacement) -> String {
        NodePlacement.slotName(node: "copy_\(node.name)", hostID: node.primary.hostID)
    }

    private var source: NodePlacement {
        get throws {
            guard let name = run.plan.source(of: node.name)?.book.node else {
                throw OperationError(.defect, code: "no-source", "the plan names no source for \(node.name)")
            }
            return try run.node(name)
        }
    }

    /// The data directory is there afterwards, and its server would recover to the restore point and be promoted.
    func fill() async throws {
        let source = try source
        if case .cluster = try await run.tools.dataDirectoryState(node.primary, of: node) {
            run.say(node, "the copy of \(source.name) is there already")
        } else {
            try await copy(source)
        }
        await run.pause("restore-files.copied")
        let point = try await mark(source)
        let path = "\(node.primary.pgdata)/postgresql.auto.conf"
        var settings = try ServerSettingsFile.read(path)
        settings.set("recovery_target_name", point)
        settings.set("recovery_target_action", "promote")
        settings.set("recovery_target_timeline", "latest")
        try settings.write(to: path)
    }

    private func copy(_ source: NodePlacement) async throws {
        let tools = run.tools
        try await tools.prepareSource(of: source)
        try await tools.makeSlot(Self.slot(node), of: source)
        let (bounds, tablespaces) = try await tools.withConnection(to: source.primary, of: source) { connection in
            let rows = try await connection.query(
                "SELECT name, setting FROM pg_settings WHERE name = ANY (string_to_array($1, ','))",
                [RunningSource.bounds.joined(separator: ",")])
            let bounds = rows.compactMap { row in row["name"].map { ($0, row["setting"] ?? "") } }
            return (Dictionary(uniqueKeysWithValues: bounds), try await Tablespace.all(connection))
        }
        try Fence(node: node, run: run).writeFile(Quarantine.fencePath(node, run))
        var settings = try Quarantine(node: node, run: run).settings().merging(bounds) { $1 }
        for name in ["port", "unix_socket_directories"] { settings[name] = nil }
        settings["archive_mode"] = "off"
        settings["archive_command"] = ArchiveCommand.discarding
        settings["hot_standby"] = "on"
        run.say(node, "copying \(source.name)")
        let (name, reporter) = (node.name, run.context.reporter)
        try await BaseBackup.take(
            BaseBackup.Request(
                source: tools.replicationSource(of: source), slot: Self.slot(node), pgdata: node.primary.pgdata,
                clusterName: "\(node.databaseID)-\(node.name)", port: node.primary.port,
                socketDir: node.primary.socketDir,
                tablespaceMap: try ReplicaTablespaces(replica: node.primary).map(tablespaces), settings: settings),
            programs: try tools.programs(for: node.primary, of: node),
            onProgress: { progress in
                reporter.report(
                    .progress(
                        node: name, percent: progress.percent, bytesDone: progress.bytesDone,
                        bytesTotal: progress.bytesTotal))
            })
    }

    /// Brings the source to where the slots that were made for the node can go on, and makes the point. Gives its name.
    private func mark(_ source: NodePlacement) async throws -> String {
        let replication = try RestoreReplication(run)
        try replication.requireUpToDate(try await replication.bringUpToDate(source.name, for: node.name))
        await run.pause("restore-files.source-paused")
        // A recovery stops at the first of a name, and the one that a killed run made is not where positions were read.
        let number = (await run.journal.facts(node.name).sourceMarks ?? 0) + 1
        try await run.journal.note(node.name) { $0.sourceMarks = number }
        let point = RemoveBackupConfiguration.sourcePoint(run, node, number)
        try await run.tools.withConnection(to: source.primary, of: source) { connection in
            _ = try await connection.query("SELECT pg_create_restore_point($1)", [point])
            // A commit behind it, so that it is sent at once.
            _ = try await connection.execute("SET synchronous_commit = local")
            _ = try await connection.execute("SELECT pg_current_xact_id()")
        }
        try await replication.unpauseSource(for: node.name)
        return point
    }

    /// The node no longer follows its source.
    func letGo() async throws { try await run.tools.dropSlot(Self.slot(node), of: try source) }
}
