import Catalog
import Failures
import Postgres
import Processes

/// Writes the configuration files of a cluster that pgstanza made, has the server read them, and restarts it where only
/// that helps.
struct SettingsUpdate {
    var update: NodeUpdate

    private var node: NodePlacement { update.node }
    private var tools: NodeTools { update.tools }

    private var names: [String] {
        (update.has(.setting, .port) ? [ManagedSettings.fileName] : []) + update.subjects(.hba, .ident)
    }

    func run() async throws {
        guard update.has(.setting, .port, .hba, .ident, .restart) else { return }
        let texts = try NewClusterFiles(node: node, ownerName: tools.context.ownerName).texts
        if !names.isEmpty { update.say("writing \(names.joined(separator: ", "))") }
        try write(texts)
        try await tools.withConnection(to: tools.asItRuns(node.primary), of: node) { connection in
            try await Archiving.reload(connection)
        }
        await PausePoint.reach("update.settings-written")
        let replicasFirst = try await raisesRecoverySettings()
        if replicasFirst { try await updateReplicas(names, texts, behindPrimary: false) }
        try await restartPrimary()
        if !replicasFirst { try await updateReplicas(names, texts, behindPrimary: true) }
        try rememberPlace()
    }

    private func write(_ texts: [String: String]) throws {
        for name in names {
            guard let text = texts[name] else { continue }
            try AtomicFile.write(text, to: "\(node.primary.pgdata)/\(name)", mode: 0o600)
        }
    }

    /// Has the server read the new files without going by them, and puts the present ones back.
    ///
    /// Throws `bad-configuration` (65) with everything that it would not take.
    func probe() async throws {
        guard !names.isEmpty else { return }
        let texts = try NewClusterFiles(node: node, ownerName: tools.context.ownerName).texts
        let earlier = try names.map { ($0, try AtomicFile.readIfPresent("\(node.primary.pgdata)/\($0)")) }
        func putBack() throws {
            for (name, bytes) in earlier {
                guard let bytes else { continue }
                try AtomicFile.write(
                    String(decoding: bytes, as: UTF8.self), to: "\(node.primary.pgdata)/\(name)", mode: 0o600)
            }
        }
        let problems: [String]
        do {
            try write(texts)
            problems = try await settingProblem() + accessProblems()
        } catch {
            try? putBack()
            throw error
        }
        try putBack()
        guard !problems.isEmpty else { return }
        throw OperationError(
            .invalidInput, code: "bad-configuration",
            "the server of \(node.name) does not take the new configuration: \(problems.joined(separator: "; "))",
            hint: "correct postgresql_conf, pg_hba_conf or pg_ident_conf in the spec; nothing was changed")
    }

    /// The first setting that a server would not start with. The running one tells a wrong value from one that only
    /// waits for a restart no better than by one and the same message.
    private func settingProblem() async throws -> [String] {
        let programs = try tools.programs(for: node.primary, of: node)
        let command = CommandLine(
            program: programs.path("postgres"), arguments: ["-D", node.primary.pgdata, "-C", "port"])
        let result = try await ProcessRunner.run(command, options: ProcessOptions(timeLimit: 60))
        guard !result.exit.isSuccess else { return [] }
        return [SettingsReader.message(in: result.errorOutput) ?? "\(command.rendered) failed"]
    }

    /// What the running server says is wrong with the lines of its other files; it does not go by them yet.
    private func accessProblems() async throws -> [String] {
        try await tools.withConnection(to: tools.asItRuns(node.primary), of: node) { connection in
            let lines = try await connection.query(
                "SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL"
            ).map { "pg_hba.conf:\($0[0] ?? "") \($0[1] ?? "")" }
            // From PostgreSQL 15 on.
            guard try await connection.value("SELECT to_regclass('pg_catalog.pg_ident_file_mappings')") != nil else {
                return lines
            }
            return try await lines
                + connection.query(
                    "SELECT line_number, error FROM pg_ident_file_mappings WHERE error IS NOT NULL"
                ).map { "pg_ident.conf:\($0[0] ?? "") \($0[1] ?? "")" }
        }
    }

    /// A replica whose max_connections and the like are below its primary's stops replaying: it goes first then.
    private func raisesRecoverySettings() async throws -> Bool {
        let present = try await tools.withConnection(to: tools.asItRuns(node.primary), of: node) { connection in
            try await connection.query(
                "SELECT name, setting FROM pg_settings WHERE name = ANY (string_to_array($1, ','))",
                [ClusterChecks.comparedSettings.joined(separator: ",")])
        }
        let new = NewClusterFiles(node: node, ownerName: tools.context.ownerName).settings
        return present.contains { row in
            guard let name = row[0], let now = row[1].flatMap({ Int($0) }) else { return false }
            return (new[name].flatMap { Int($0) } ?? SettingsReader.defaults[name] ?? 0) > now
        }
    }

    private func restartPrimary() async throws {
        guard update.has(.restart) else { return }
        let running = tools.asItRuns(node.primary)
        let isPending = try await tools.withConnection(to: running, of: node) { connection in
            try await connection.value("SELECT 1 FROM pg_settings WHERE pending_restart LIMIT 1") != nil
        }
        let isElsewhere = running.port != node.primary.port || running.socketDir != node.primary.socketDir
        let isOtherProgram = update.before.primary.binDir != node.primary.binDir
        // Done by a run that was cut short behind it.
        guard isPending || isElsewhere || isOtherProgram else { return }
        if let supervisor = await tools.supervisor(node.primary, of: node) {
            throw OperationError(
                .refused, code: "supervised",
                "\(node.name) has to be restarted, and \(supervisor.name) looks after it",
                hint:
                    "restart it there, or hold it: \(supervisor.howToHold); then: pgstanza db update \(node.databaseID)"
            )
        }
        update.say("restarting the server")
        try await tools.restart(node.primary, of: node)
        await PausePoint.reach("update.restarted")
    }

    /// The replicas of this machine have copies of the files, and are told where their primary is.
    private func updateReplicas(_ names: [String], _ texts: [String: String], behindPrimary: Bool) async throws {
        for replica in node.replicas where replica.isHere && Directories.exists("\(replica.pgdata)/standby.signal") {
            guard update.before.replicas.contains(where: { $0.hostID == replica.hostID }) else { continue }
            for name in names {
                guard let text = texts[name] else { continue }
                try AtomicFile.write(text, to: "\(replica.pgdata)/\(name)", mode: 0o600)
            }
            let path = "\(replica.pgdata)/postgresql.auto.conf"
            let auto = ConfigurationFileFinder.read(path)
            try BaseBackup.configure(replica.pgdata, tools.baseBackupRequest(replica, of: node, tablespaces: [:]))
            guard try tools.isRunning(replica) else { continue }
            if update.has(.restart) || ConfigurationFileFinder.read(path) != auto {
                if update.has(.restart), behindPrimary { try await catchUp(replica) }
                update.say("restarting the replica on \(replica.hostID)")
                try await tools.restart(replica, of: node)
            } else {
                try await tools.withConnection(to: tools.asItRuns(replica), of: node) { connection in
                    try await Archiving.reload(connection)
                }
            }
        }
    }

    /// How long a replica may take until it has replayed that its primary was restarted, in seconds.
    private static let catchUpLimit = 300.0

    /// A replica does not start with less than it knows its primary to have, so it has to hear of the primary's new
    /// settings first; where the primary is now it learns by a reload.
    private func catchUp(_ replica: InstancePlacement) async throws {
        let end = try await tools.withConnection(to: tools.asItRuns(node.primary), of: node) { connection in
            try await connection.value("SELECT pg_current_wal_insert_lsn()")
        }
        let running = tools.asItRuns(replica)
        try await tools.withConnection(to: running, of: node) { connection in
            try await Archiving.reload(connection)
            let start = ContinuousClock.now
            while try await connection.value("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", [end]) != "t" {
                guard ContinuousClock.now - start < .seconds(Self.catchUpLimit) else {
                    throw OperationError(
                        .operation, code: "replica-behind",
                        "the replica of \(node.name) on \(replica.hostID) has not caught up with its restarted primary",
                        hint: "see \(replica.logFile), then: pgstanza db update \(node.databaseID)",
                        details: tools.lastLogLines(replica, of: node, count: 15))
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func rememberPlace() throws {
        let primary = node.primary
        try tools.changeRecord(node.databaseID) { record in
            record.nodes[node.name]?.instances[primary.hostID]?.port = primary.port
            record.nodes[node.name]?.instances[primary.hostID]?.socketDir = primary.socketDir
            if let binDir = primary.binDir {
                record.nodes[node.name]?.instances[primary.hostID]?.binDir = binDir
            }
        }
    }
}
