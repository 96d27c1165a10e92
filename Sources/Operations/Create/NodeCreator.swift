import Catalog
import Failures
import Postgres
import Spec

/// Creates one node: each part looks at the server and the files first and does what is missing.
struct NodeCreator {
    var tools: NodeTools
    var spec: DatabaseSpec
    var facts: CreateFacts
    var keeper: RecordKeeper
    var dropsSourceRoles = false
    /// Its cluster comes from a backup, or is a copy of another node.
    var hasForeignData: Bool

    var node: NodePlacement { facts.node }

    func run() async throws {
        try await makeCluster()
        // A directory that was just made has had no lock until now.
        let lock =
            facts.isNew
            ? try await NodeLocks.acquire(tools.context, dataDirectories: [node.primary.pgdata]) : nil
        defer { lock?.release() }
        let wasDown = try !tools.isRunning(node.primary)
        try await startPrimary()
        if facts.isAdopted && wasDown { return try await goOnWithRunningServer() }
        try await rememberIdentity()
        if hasForeignData {
            try await RestoredDatabase(tools: tools, spec: spec, node: node, dropsSourceRoles: dropsSourceRoles).run()
        } else {
            try await DatabaseMaker(tools: tools, spec: spec, facts: facts, keeper: keeper).run()
        }
        if node.spec.backupConfig != nil {
            try await BackupMaker(
                tools: tools, facts: facts, keeper: keeper, hasForeignData: hasForeignData
            ).run()
        }
        // Before the base backups, which then carry it; and for replicas on other hosts.
        if !node.replicas.isEmpty { try await tools.ensureReplicationRole(of: node) }
        try await tools.refreshSavedConfiguration(node)
        try await makeReplicas()
    }

    /// Where a server of somebody's listens, and what it archives to, is certain only when it runs.
    private func goOnWithRunningServer() async throws {
        let remembered = await keeper.record.nodes[node.name]
        var seen = self
        seen.facts = try await CreateObserver(tools: tools, spec: spec, remembered: remembered).observe(node)
        let primary = seen.node.primary
        let binDir = try tools.programs(for: primary, of: node).binDir
        try await keeper.update(node: node.name) {
            $0.instances[primary.hostID] = InstanceRecord(
                pgdata: primary.pgdata, port: primary.port, socketDir: primary.socketDir, binDir: binDir, role: .primary
            )
        }
        try await seen.run()
    }

    func say(_ text: String) { tools.context.reporter.report(.phase(node: node.name, text: text)) }

    private func makeCluster() async throws {
        if facts.isNew {
            say("making a new cluster")
            try Directories.create(Directories.parent(of: node.primary.pgdata))
            try await InitDB.create(
                at: node.primary.pgdata, programs: tools.programs(for: node.primary, of: node),
                options: InitDB.Options(superuser: node.superuser), prepare: { try writeConfiguration(in: $0) })
        } else if !facts.isAdopted, try !tools.isRunning(node.primary) {
            // The spec may have been corrected since the cluster was made.
            try writeConfiguration(in: node.primary.pgdata)
        }
    }

    /// The files that a new cluster begins with.
    private func writeConfiguration(in pgdata: String) throws {
        let files = NewClusterFiles(node: node, ownerName: tools.context.ownerName)
        for (name, text) in try files.texts { try AtomicFile.write(text, to: "\(pgdata)/\(name)") }
        let server = try AtomicFile.readText("\(pgdata)/postgresql.conf")
        try AtomicFile.write(ManagedSettings.including(server), to: "\(pgdata)/postgresql.conf")
        let auto = String(decoding: try AtomicFile.readIfPresent("\(pgdata)/postgresql.auto.conf") ?? [], as: UTF8.self)
        let archives = node.spec.backupConfig != nil
        try AtomicFile.write(
            NewClusterFiles.autoConf(auto, archives: archives), to: "\(pgdata)/postgresql.auto.conf")
    }

    private func startPrimary() async throws {
        guard try !tools.isRunning(node.primary) else { return }
        say("starting the server")
        try await tools.start(node.primary, of: node)
    }

    private func rememberIdentity() async throws {
        try await tools.recordIdentity(of: node, in: keeper)
    }

    private func makeReplicas() async throws {
        let replicas = node.replicas.filter(\.isHere)
        let tools = tools
        let node = node
        _ = try await SideBySide.run(replicas, name: { "\(node.name) on \($0.hostID)" }) { replica in
            try await tools.buildReplica(replica, of: node)
        }
    }
}
