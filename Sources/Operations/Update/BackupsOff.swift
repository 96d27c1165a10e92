import Catalog
import Failures
import PgBackRest
import Postgres
import Spec

/// Ends a node's backups: what it wrote last is archived, archiving is given back or turned off, and the repositories
/// are remembered, so that what is in them stays listed and can be restored.
struct BackupsOff {
    /// As the spec has it whose backups end.
    var node: NodePlacement
    var tools: NodeTools

    func run() async throws {
        let record = try Databases(home: tools.context.home).load(node.databaseID).nodes[node.name]
        let repositories = node.spec.backupConfig?.repositories ?? []
        if record?.backups == .on, try await archives() {
            tools.say(node, "archiving the last WAL")
            do {
                _ = try await Archiving.prove(node, tools, repositories: repositories.count)
            } catch let error as OperationError where error.code == "archive-stuck" {
                tools.context.reporter.report(
                    .warning("\(node.name): what was written last is in no archive: \(error.message)"))
            }
        }
        tools.say(node, "turning archiving off")
        try await Self.giveBack(node, tools, record?.archiveSettingsBefore ?? [:])
        await PausePoint.reach("update.archiving-off")
        let now = tools.context.now()
        try tools.changeRecord(node.databaseID) { record in
            record.nodes[node.name]?.remember(repositories, until: now, note: "taken out of the spec")
            record.nodes[node.name]?.backups = .none
            record.nodes[node.name]?.isOpeningBook = nil
        }
        try Self.removeConfiguration(node)
    }

    /// Whether the server still archives into the node's repositories; not after a run that was cut short.
    private func archives() async throws -> Bool {
        let settings = try await tools.withConnection(to: node.primary, of: node) { try await Archiving.settings($0) }
        return settings.isOn && ArchiveCommand.isOwn(settings.command, configPath: node.backupConfigPath)
    }

    /// Gives the server the archive settings back that it had before pgstanza, or turns archiving off.
    static func giveBack(_ node: NodePlacement, _ tools: NodeTools, _ before: [String: String?]) async throws {
        let waits = try await tools.withConnection(to: tools.asItRuns(node.primary), of: node) { connection -> Bool in
            guard !before.isEmpty else {
                try await Archiving.turnOff(connection)
                return true
            }
            return try await Archiving.giveBack(before, connection)
        }
        guard waits else { return }
        tools.context.reporter.report(
            .info(
                "\(node.name): archive_mode is off from the server's next restart on; until then archive_command is "
                    + ArchiveCommand.discarding))
    }

    /// Removes the stanza configuration and its key files; nothing archives with it any more.
    static func removeConfiguration(_ node: NodePlacement) throws {
        try AtomicFile.remove(node.backupConfigPath)
        let repositories = node.spec.backupConfig?.repositories.count ?? 0
        for number in 1...max(1, repositories) {
            try AtomicFile.remove(GCSKeyFile.path(beside: node.backupConfigPath, repoKey: number))
        }
    }
}
