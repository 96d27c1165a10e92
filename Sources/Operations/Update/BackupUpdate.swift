import Catalog
import Failures
import PgBackRest
import Postgres
import Spec

/// Brings a node's repositories to what the wanted spec says, without a moment at which archiving fails for want of a
/// stanza.
struct BackupUpdate {
    var update: NodeUpdate

    private var node: NodePlacement { update.node }
    private var tools: NodeTools { update.tools }
    private var repositories: [Repository] { node.spec.backupConfig?.repositories ?? [] }

    func run() async throws {
        if update.has(.backupsOff) {
            var closing = update.before
            closing.primary = node.primary
            return try await BackupsOff(node: closing, tools: tools).run()
        }
        if update.has(.backupsOn) { return try await turnOn() }
        if update.has(.addRepository, .changeRepository, .removeRepository, .configuration, .upgradeStanza) {
            try await change()
        }
    }

    private func turnOn() async throws {
        if update.facts.isAdopted { try await rememberSettings() }
        let isWritten = update.facts.backups == .off
        guard update.keepsRepository, !update.facts.isOpeningBook, !update.has(.upgradeStanza) else {
            _ = try await NewBook(node: node, tools: tools, upgradesStanza: update.has(.upgradeStanza)).open()
            return
        }
        if !isWritten {
            try await tools.writeBackupConfiguration(
                node, repositories: repositories, bundled: tools.bundledRepositories(node, repositories))
        }
        _ = try await SameBook(node: node, tools: tools).open()
    }

    private func change() async throws {
        let old = update.before.spec.backupConfig?.repositories ?? []
        // Those that come in, also when an earlier run has made their stanzas already.
        let added = Set(RepositoryDifference(old, repositories).added.map { $0 + 1 })
        let bundled = added.union(tools.bundledRepositories(node, repositories))
        let isNew = update.has(.addRepository, .upgradeStanza)
        if isNew {
            // With a configuration of its own, so that the archive command never meets a repository without a stanza.
            update.say("making the stanza")
            let path = "\(Directories.parent(of: node.backupConfigPath))/pgbackrest.update.conf"
            let rendered = try await tools.renderConfiguration(
                node, repositories: repositories, path: path, bundled: bundled)
            try rendered.write()
            defer {
                for file in [path] + rendered.keyFiles.keys { try? AtomicFile.remove(file) }
            }
            let backrest = tools.backrest(node, configPath: path)
            if update.has(.upgradeStanza) {
                try await backrest.stanzaUpgrade()
            } else {
                try await backrest.stanzaCreate()
            }
            await PausePoint.reach("update.stanza")
        }
        try remember(old)
        try await tools.writeBackupConfiguration(node, repositories: repositories, bundled: bundled)
        await PausePoint.reach("update.configuration")
        let backups = BackupsOn(node: node, tools: tools)
        try await backups.turnArchivingOn()
        guard isNew || update.has(.changeRepository, .removeRepository) else { return }
        update.say("proving that WAL arrives")
        _ = try await Archiving.prove(node, tools, repositories: repositories.count)
        await PausePoint.reach("update.proven")
        if isNew { try await backups.takeMissing(added) }
    }

    /// What is no longer written stays known.
    private func remember(_ old: [Repository]) throws {
        let removed = RepositoryDifference(old, repositories).removed.map { old[$0] }
        guard !removed.isEmpty else { return }
        let now = tools.context.now()
        try tools.changeRecord(node.databaseID) { record in
            record.nodes[node.name]?.remember(removed, until: now, note: "taken out of the spec")
        }
    }

    /// What an adopted server archived to before pgstanza, kept once.
    private func rememberSettings() async throws {
        let path = "\(node.primary.pgdata)/postgresql.auto.conf"
        let text = String(decoding: try AtomicFile.readIfPresent(path) ?? [], as: UTF8.self)
        try tools.changeRecord(node.databaseID) { record in
            guard record.nodes[node.name]?.archiveSettingsBefore.isEmpty ?? false else { return }
            record.nodes[node.name]?.archiveSettingsBefore = Archiving.remembered(in: text)
        }
    }
}
