import Catalog
import PgBackRest
import Postgres

/// What turning a node's backups on again comes to, whichever place they go to.
struct BackupsOn {
    var node: NodePlacement
    var tools: NodeTools

    /// The server archives with the node's own stanza configuration from here on.
    func turnArchivingOn() async throws {
        let command = try ArchiveCommand.text(
            program: try tools.pgbackrestPath(node), configPath: node.backupConfigPath, stanza: node.stanza)
        let change = try await tools.withConnection(to: node.primary, of: node) { connection in
            let change = ArchiveChange(from: try await Archiving.settings(connection), to: command)
            try await Archiving.turnOn(connection, command: command, change: change)
            return change
        }
        // Only where somebody turned archive_mode off besides: a restored node has it as it was.
        if change.needsRestart { try await tools.restart(node.primary, of: node) }
    }

    /// The history file of the present timeline was made while nothing was archived, and belongs into the new place.
    func pushHistory() async throws {
        let segment = try await tools.withConnection(to: node.primary, of: node) { connection in
            try await connection.value("SELECT pg_walfile_name(pg_current_wal_lsn())")
        }
        guard let timeline = segment?.prefix(8), timeline != "00000001" else { return }
        let path = "\(node.primary.pgdata)/pg_wal/\(timeline).history"
        guard Directories.exists(path) else { return }
        try await tools.backrest(node, .backup).archivePush(path)
    }

    /// A full backup in every repository: without one nothing that is written from here on can be restored.
    func takeFirst(repositories: Int) async throws {
        tools.say(node, "taking a full backup")
        for number in 1...max(repositories, 1) { try await take(number) }
    }

    /// The same in those of these repositories that have no full backup of the cluster yet.
    func takeMissing(_ numbers: Set<Int>) async throws {
        let info = try await tools.backrest(node, .backup).info()
        for number in numbers.sorted() {
            let current = info.currentDatabase(repo: number)?.id
            let hasFull = info.backups.contains {
                $0.repoKey == number && $0.type == .full && $0.databaseID == current
            }
            guard !hasFull else { continue }
            tools.say(node, "taking a full backup in repository \(number)")
            try await take(number)
        }
    }

    private func take(_ number: Int) async throws {
        let reporter = tools.context.reporter
        let name = node.name
        _ = try await tools.backrest(node, .backup).backup(
            type: .full, repo: number,
            onProgress: {
                reporter.report(
                    .progress(
                        node: name, percent: $0.percent, bytesDone: $0.bytesDone, bytesTotal: $0.bytesTotal))
            })
    }

    /// Backups of the node count as on; the caller holds the database's lock.
    func remember() throws {
        try tools.changeRecord(node.databaseID) { record in
            record.nodes[node.name]?.backups = .on
            record.nodes[node.name]?.isOpeningBook = nil
        }
    }
}
