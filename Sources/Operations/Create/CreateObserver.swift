import Catalog
import Failures
import Glibc
import PgBackRest
import Postgres
import Replication
import Spec

/// Looks at everything that creating one node rests on, and refuses what cannot go well, before anything is changed.
struct CreateObserver {
    var tools: NodeTools
    var spec: DatabaseSpec
    /// What an earlier, unfinished create remembers of the node.
    var remembered: NodeRecord?

    func observe(_ placed: NodePlacement) async throws -> CreateFacts {
        var node = placed
        try checkOwner(of: node.primary)
        let state = await tools.state(of: node.primary, of: node)
        if case .damaged(let reason) = state { throw damaged(node, reason) }
        if state.isRunning { try adoptPlace(&node) }
        for index in node.replicas.indices where node.replicas[index].isHere {
            node.replicas[index] = tools.asItRuns(node.replicas[index])
        }
        let programs = try tools.programs(for: node.primary, of: node)
        let version = try await checkPrograms(programs, of: node)
        let isNew = state == .missing || state == .empty
        let isAdopted = remembered?.adopted ?? !isNew
        if isAdopted && !state.isRunning { try await adoptConfiguredPlace(&node) }
        if isNew || (!isAdopted && !state.isRunning) { try Self.checkPort(node.primary, of: node) }
        var control: ControlData?
        if case .cluster(let found) = try await tools.dataDirectoryState(node.primary, of: node) { control = found }
        if let control { try checkCluster(node, control) }
        let server = state.isRunning ? try await observeServer(node) : nil
        let archive = try await observeArchiving(node, state)
        var facts = CreateFacts(
            node: node, isAdopted: isAdopted, state: state, control: control, server: server, archive: archive,
            archiveCommand: nil, replicas: [:], repositories: [:], configuration: nil)
        facts.replication = MeshCandidate.Facts(
            binDir: programs.binDir, major: version, installed: await installedProviders(programs),
            isAdopted: isAdopted,
            restored: node.spec.restoreConfig.map { config in
                var config = config
                config.sourceNodeName = config.sourceNodeName ?? node.name
                config.sourceDatabaseID = config.sourceDatabaseID ?? node.databaseID
                return config
            }, own: try await ownSettings(node, state, isAdopted: isAdopted),
            specWALLevel: node.spec.postgresqlConf.first { $0.key.lowercased() == "wal_level" }?.value.lowercased())
        for replica in node.replicas where replica.isHere {
            facts.replicas[replica.hostID] = try await observeReplica(replica, of: node)
        }
        if let backups = node.spec.backupConfig {
            facts.archiveCommand = try ArchiveCommand.text(
                program: try tools.pgbackrestPath(node), configPath: node.backupConfigPath, stanza: node.stanza)
            let check = RepositoryCheck(tools: tools, node: node, ownIdentifier: control?.systemIdentifier)
            (facts.repositories, facts.configuration) = try await check.run(backups.repositories)
        }
        try await checkSupervisor(facts)
        return facts
    }

    /// A running server is where it is, whatever the spec would have chosen; a port that the spec asks for and that is
    /// another one is refused.
    private func adoptPlace(_ node: inout NodePlacement) throws {
        guard let file = try PostmasterFile.alive(pgdata: node.primary.pgdata) else { return }
        if let port = file.port {
            if node.primary.port != 0, node.spec.port ?? 0 != 0, node.primary.port != port {
                throw OperationError(
                    .refused, code: "other-port",
                    "the server in \(node.primary.pgdata) listens on port \(port), and the spec gives \(node.name) "
                        + "port \(node.primary.port)",
                    hint: "write port \(port) into the spec, or change the server's port first")
            }
            node.primary.port = port
        }
        guard let socketDir = file.socketDir else {
            throw OperationError(
                .refused, code: "no-socket", "the server in \(node.primary.pgdata) has no Unix socket",
                hint: "set unix_socket_directories, over which pgstanza and pgBackRest connect")
        }
        node.primary.socketDir = socketDir
        if node.primary.binDir == nil { node.primary.binDir = DirectoryOfProgram.of(pid: file.pid) }
    }

    /// Where a server that is down will listen, as far as its configuration files tell.
    private func adoptConfiguredPlace(_ node: inout NodePlacement) async throws {
        let files = try await tools.currentConfiguration(node)
        if node.spec.port ?? 0 == 0 { node.primary.port = files.setting("port").flatMap { Int($0) } ?? 5432 }
        let directories = (files.setting("unix_socket_directories") ?? "").split(separator: ",").map {
            $0.drop { $0 == " " }
        }
        if node.spec.local.socketDir == nil, let first = directories.first(where: { $0.hasPrefix("/") }) {
            node.primary.socketDir = String(first)
        }
    }

    private func checkOwner(of instance: InstancePlacement) throws {
        let nearest = Directories.nearestExisting(instance.pgdata)
        if nearest == instance.pgdata {
            guard let owner = Directories.owner(of: nearest), owner != geteuid() else { return }
            throw OperationError(
                .notPermitted, code: "wrong-owner",
                "\(instance.pgdata) belongs to \(UserName.of(owner)), and pgstanza acts as \(UserName.of(geteuid()))",
                hint: "a home directory serves the data directories of its own owner: use --home with one that "
                    + "belongs to \(UserName.of(owner))")
        }
        guard Directories.isWritable(nearest) else {
            throw OperationError(
                .notPermitted, code: "not-writable",
                "\(instance.pgdata) cannot be made: \(nearest) is not writable for \(UserName.of(geteuid()))",
                hint: "make \(instance.pgdata) an empty directory that belongs to \(UserName.of(geteuid()))")
        }
    }

    private func damaged(_ node: NodePlacement, _ reason: String) -> OperationError {
        OperationError(
            .refused, code: "no-cluster", "there is no usable cluster in \(node.primary.pgdata): \(reason)",
            hint: "move it away for a new cluster there, or set orchestrator_opts.local.pgdata of \(node.name)")
    }

    /// The major version of the programs, which fit the spec.
    private func checkPrograms(_ programs: Programs, of node: NodePlacement) async throws -> Int {
        let version = try await programs.version()
        if let wanted = node.spec.postgresVersion, wanted.major != version.major {
            throw OperationError(
                .unavailable, code: "postgres-version",
                "\(node.name) is to run PostgreSQL \(wanted), and its programs are of version "
                    + "\(version.major).\(version.minor)",
                hint:
                    "install PostgreSQL \(wanted.major), or correct postgres_version or orchestrator_opts.local.bin_dir"
            )
        }
        if node.spec.backupConfig != nil { _ = try await tools.backrest(node).version() }
        return version.major
    }

    /// Throws `port-in-use` (73) when somebody listens where the instance is to.
    static func checkPort(_ instance: InstancePlacement, of node: NodePlacement) throws {
        guard !FreePort.isFree(instance.port) else { return }
        throw OperationError(
            .refused, code: "port-in-use",
            "port \(instance.port), meant for \(node.name) on \(instance.hostID), is in use on this machine",
            hint: "see who has it with: ss -ltnp 'sport = :\(instance.port)'; or give another port in the spec")
    }

    private func checkCluster(_ node: NodePlacement, _ control: ControlData) throws {
        guard let known = remembered?.systemIdentifier, known != String(control.systemIdentifier) else { return }
        throw OperationError(
            .refused, code: "other-cluster",
            "\(node.primary.pgdata) holds the cluster \(control.systemIdentifier), and \(node.name) was created as "
                + known,
            hint: "put the node's own data directory back, or forget it: pgstanza db remove \(node.databaseID)")
    }

    private func observeServer(_ node: NodePlacement) async throws -> SpecFacts {
        do {
            return try await tools.withConnection(to: node.primary, of: node) { connection in
                let isStandby = try await connection.value("SELECT pg_is_in_recovery()") == "t"
                guard !isStandby else {
                    throw OperationError(
                        .refused, code: "standby", "the server in \(node.primary.pgdata) is a standby",
                        hint: "name its primary's data directory for \(node.name)")
                }
                let isSuperuser = try await connection.value("SHOW is_superuser") == "on"
                guard isSuperuser else {
                    throw OperationError(
                        .notPermitted, code: "no-superuser",
                        "role \(node.superuser) of \(node.name) is no superuser, and pgBackRest needs one",
                        hint: "set orchestrator_opts.local.superuser")
                }
                let database = try await connection.value(
                    "SELECT 1 FROM pg_database WHERE datname = $1", [spec.databaseName])
                let roles = try await connection.query("SELECT rolname FROM pg_roles").compactMap { $0[0] }
                return SpecFacts(
                    hasDatabase: database != nil,
                    users: Set(roles).intersection(spec.users.map(\.username)))
            }
        } catch let error as PostgresError where error.isLoginRefused {
            throw OperationError(
                .notPermitted, code: "login-refused",
                "role \(node.superuser) cannot connect to the server in \(node.primary.pgdata) over its socket: "
                    + error.message,
                hint: "its pg_hba.conf needs a 'local all \(node.superuser) peer' line, or set "
                    + "orchestrator_opts.local.superuser",
                underlying: error)
        }
    }

    private func installedProviders(_ programs: Programs) async -> Set<ReplicationProvider> {
        var found: Set<ReplicationProvider> = []
        for provider in ReplicationProvider.allCases {
            guard let library = provider.replication.library else { continue }
            if await programs.hasExtension(library) { found.insert(provider) }
        }
        return found
    }

    /// What decides whether a server that keeps its settings can replicate.
    private func ownSettings(
        _ node: NodePlacement, _ state: InstanceState, isAdopted: Bool
    ) async throws -> MeshCandidate.ServerSettings? {
        let names = ["wal_level", "shared_preload_libraries"]
        var values: [String?] = []
        if state.isRunning {
            values = try await tools.withConnection(to: node.primary, of: node) { connection in
                [
                    try await connection.value("SELECT current_setting($1)", [names[0]]),
                    try await connection.value("SELECT current_setting($1)", [names[1]]),
                ]
            }
        } else if isAdopted {
            let files = try await tools.currentConfiguration(node)
            values = names.map { files.setting($0) }
        } else {
            return nil
        }
        let libraries = (values[1] ?? "").split(separator: ",").map { word in
            String(word.filter { $0 != " " && $0 != "\"" })
        }
        return MeshCandidate.ServerSettings(
            walLevel: values[0]?.lowercased() ?? "replica", libraries: libraries.filter { !$0.isEmpty })
    }

    private func observeArchiving(_ node: NodePlacement, _ state: InstanceState) async throws -> ArchiveSettings {
        switch state {
        case .running:
            return try await tools.withConnection(to: node.primary, of: node) { try await Archiving.settings($0) }
        case .stopped, .crashed:
            let files = try await tools.currentConfiguration(node)
            let mode = files.setting("archive_mode")?.lowercased() ?? "off"
            return ArchiveSettings(
                mode: ["on", "always", "true", "yes", "1"].contains(mode) ? mode : "off",
                command: files.setting("archive_command") ?? "", library: files.setting("archive_library"))
        case .missing, .empty, .damaged:
            // From its first start on a new cluster has archive_mode on.
            return ArchiveSettings(mode: "on", command: "", library: nil)
        }
    }

    func observeReplica(_ replica: InstancePlacement, of node: NodePlacement) async throws -> InstanceState {
        try checkOwner(of: replica)
        let state = await tools.state(of: replica, of: node)
        if case .damaged(let reason) = state {
            throw OperationError(
                .refused, code: "no-cluster",
                "\(replica.pgdata), meant for the replica of \(node.name) on \(replica.hostID), is in use: \(reason)",
                hint: "move it away, or name another directory in orchestrator_opts.local.instances")
        }
        if !state.isRunning { try Self.checkPort(replica, of: node) }
        return state
    }

    /// A restart must not meet somebody who restarts the server too.
    private func checkSupervisor(_ facts: CreateFacts) async throws {
        guard facts.state.isRunning, facts.archiveChange?.needsRestart == true,
            let supervisor = await tools.supervisor(facts.node.primary, of: facts.node)
        else { return }
        throw OperationError(
            .refused, code: "supervised",
            "\(facts.node.name) has to be restarted to turn archive_mode on, and \(supervisor.name) looks after it",
            hint: "set archive_mode = on there and restart it yourself, or hold it: \(supervisor.howToHold)")
    }
}
