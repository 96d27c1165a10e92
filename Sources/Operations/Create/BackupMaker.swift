import Catalog
import Failures
import PgBackRest
import Postgres

/// Makes a node's backups possible: stanza configuration, stanza, archiving, and the proof that WAL arrives.
struct BackupMaker {
    var tools: NodeTools
    var facts: CreateFacts
    var keeper: RecordKeeper
    /// Its cluster comes from a backup, or is a copy of another node.
    var hasForeignData: Bool

    private var node: NodePlacement { facts.node }

    func run() async throws {
        guard let configuration = facts.configuration, let command = facts.archiveCommand else { return }
        let backrest = tools.backrest(node)
        for path in [node.lockPath, node.logPath, node.spoolPath] { try Directories.create(path) }
        try configuration.write()
        say("making the stanza")
        try await backrest.stanzaCreate()
        try await turnArchivingOn(command)
        // The history of the timeline that the restore began was made while nothing was archived.
        if hasForeignData { try await BackupsOn(node: node, tools: tools).pushHistory() }
        say("checking that WAL arrives")
        let repositories = node.spec.backupConfig?.repositories.count ?? 1
        let segment = try await Archiving.prove(node, tools, repositories: repositories)
        try await backrest.check()
        tools.context.reporter.report(.info("\(node.name): WAL segment \(segment) is in every repository"))
        try await keeper.update(node: node.name) { $0.backups = .on }
    }

    private func turnArchivingOn(_ command: String) async throws {
        let change = try await tools.withConnection(to: node.primary, of: node) { connection in
            ArchiveChange(from: try await Archiving.settings(connection), to: command)
        }
        guard !change.isNothing else { return }
        if facts.isAdopted { try await rememberSettings() }
        say("turning archiving on")
        try await tools.withConnection(to: node.primary, of: node) { connection in
            try await Archiving.turnOn(connection, command: command, change: change)
        }
        guard change.needsRestart else { return }
        say("restarting the server for archive_mode")
        try await tools.restart(node.primary, of: node)
    }

    /// What the server had before, kept once, so that a second try does not take pgstanza's own for it.
    private func rememberSettings() async throws {
        guard await keeper.record.nodes[node.name]?.archiveSettingsBefore.isEmpty ?? true else { return }
        let path = "\(node.primary.pgdata)/postgresql.auto.conf"
        let text = String(decoding: try AtomicFile.readIfPresent(path) ?? [], as: UTF8.self)
        let before = Archiving.remembered(in: text)
        try await keeper.update(node: node.name) { $0.archiveSettingsBefore = before }
    }

    private func say(_ text: String) { tools.context.reporter.report(.phase(node: node.name, text: text)) }
}
