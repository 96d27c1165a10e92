import Catalog
import Failures
import Postgres
import TargetTime

/// Step 6: the node is promoted, read-write, and itself again: its own name, settings, database and users.
struct StartPrimary: RestoreStep {
    let name = RestoreStepName.startPrimary

    func perform(_ run: RestoreRun, on node: NodePlacement) async throws -> String? {
        if await !run.journal.facts(node.name).hasOwnSettings {
            if try !run.tools.isRunning(node.primary) {
                run.say(node, "starting, replaying WAL")
                do {
                    try await run.tools.startWithoutWaiting(node.primary, of: node)
                } catch let error as PostgresError where error.code == "start-failed" {
                    // A recovery that finds no WAL dies at once.
                    throw Promotion(node: node, run: run).died()
                }
            }
            try await Promotion(node: node, run: run).wait()
            if run.plan.order.copiesRunning == true { try await RunningCopy(run: run, node: node).letGo() }
            try await recordFacts(run, node)
            await run.pause("start-primary.promoted")
            try await RestoredIdentity(run: run, node: node).clean()
            await run.pause("start-primary.clean")
            run.say(node, "putting back the node's own settings")
            try await run.tools.stop(node.primary, of: node, timeLimit: StopPrimary.stopLimit)
            try putBackOwnSettings(run, node)
            await run.pause("start-primary.own-settings")
            try await run.journal.note(node.name) { $0.hasOwnSettings = true }
        }
        if try !run.tools.isRunning(node.primary) {
            try await run.tools.start(node.primary, of: node)
        }
        await run.pause("start-primary.restarted")
        try await becomeItself(run, node)
        try await run.tools.rememberIdentity(of: node)
        return try await RestoredIdentity(run: run, node: node).make()
    }

    private func recordFacts(_ run: RestoreRun, _ node: NodePlacement) async throws {
        try await run.tools.withConnection(to: node.primary, of: node) { connection in
            let row = try await connection.query(
                """
                SELECT timeline_id, (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
                    to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last
                FROM pg_control_recovery(), LATERAL (
                    SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint AS timeline_id
                ) AS line
                """)[0]
            let timeline = row.integer("timeline_id").map { UInt32($0) }
            let identifier = row["system_identifier"]
            let last = row["last"].flatMap { Instant.parse(iso8601: $0) }
            try await run.journal.note(node.name) {
                $0.timeline = timeline
                $0.systemIdentifier = identifier
                // After a kill between promotion and restart the server no longer knows it.
                $0.lastCommit = last ?? $0.lastCommit
            }
        }
    }

    /// The saved `postgresql.auto.conf` as a whole, with archiving pointing nowhere and no recovery setting in it.
    private func putBackOwnSettings(_ run: RestoreRun, _ node: NodePlacement) throws {
        let saved = try SavedConfiguration.read(from: run.savedConfigurationDirectory(node))
        var settings = ServerSettingsFile(text: saved.text(of: "postgresql.auto.conf") ?? "")
        settings.remove(Quarantine.recoverySettings)
        settings = Archiving.switchedOff(settings)
        try AtomicFile.write(settings.text, to: "\(node.primary.pgdata)/postgresql.auto.conf", mode: 0o600)
    }

    /// The database's name, the users and their passwords as the spec has them.
    private func becomeItself(_ run: RestoreRun, _ node: NodePlacement) async throws {
        let order = run.plan.order.nodes.first { $0.node == node.name }
        if let old = order?.sourceDatabaseName {
            try await run.tools.withConnection(to: node.primary, of: node) { connection in
                let names = try await connection.query(
                    "SELECT datname FROM pg_database WHERE datname IN ($1, $2)", [old, node.databaseName]
                ).compactMap { $0["datname"] }
                guard names.contains(old) else {
                    if names.contains(node.databaseName) { return }
                    throw OperationError(
                        .notFound, code: "no-source-database",
                        "the restored cluster of \(node.name) has no database \(old)",
                        hint: "it was named as source_database_name; the node is up and fenced")
                }
                guard !names.contains(node.databaseName) else {
                    throw OperationError(
                        .refused, code: "database-exists",
                        "the restored cluster of \(node.name) holds both \(old) and \(node.databaseName)",
                        hint: "rename or drop one of them, then: pgstanza restore resume \(node.databaseID)")
                }
                _ = try await connection.execute(
                    "ALTER DATABASE \(SQL.identifier(old)) RENAME TO \(SQL.identifier(node.databaseName))")
            }
        }
        // Only data of another node can lack this node's users; one's own backup is what it was.
        guard order?.sourceNode != node.name || order?.sourceDatabaseID != node.databaseID else { return }
        let record = try Databases(home: run.context.home).load(node.databaseID)
        try await run.tools.ensureRoles(of: node, users: try record.acceptedSpec().users)
        try await run.tools.ensureReplicationRole(of: node)
        if record.replication != nil { try await run.tools.grantReading(to: HBA.replicationRole, of: node) }
    }
}
