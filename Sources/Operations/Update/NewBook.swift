import Catalog
import Failures
import PgBackRest
import PositionedJSON
import Postgres
import Spec

/// Turns a restored node's backups on again, into a place of its own.
///
/// The incarnation before the restore keeps its repository as a closed book on one line of history: two incarnations
/// in one archive can collide in their timelines, and a restore along the default timeline would no longer be right.
struct NewBook {
    var node: NodePlacement
    var tools: NodeTools
    /// The repositories are of another cluster, and go on with this one.
    var upgradesStanza = false

    /// Chooses the new repository ids, accepts the changed spec, creates the stanza, turns archiving on, proves it and
    /// takes a full backup. Returns the new repository id. Safe to repeat: it goes on where an earlier run ended.
    func open() async throws -> String {
        // Done, and cut short before anybody took note of it.
        if let open = try tools.currentBook(node) { return open.repositoryName }
        let repositories = try acceptNewRepositories()
        tools.say(node, "backups go to repository \(name(repositories[0])) from here on")
        try await tools.writeBackupConfiguration(node, repositories: repositories, bundled: Set(1...repositories.count))
        let backrest = tools.backrest(node, .backup)
        if upgradesStanza { try await backrest.stanzaUpgrade() } else { try await backrest.stanzaCreate() }
        let backups = BackupsOn(node: node, tools: tools)
        try await backups.turnArchivingOn()
        try await backups.pushHistory()
        tools.say(node, "proving that WAL reaches the new place")
        try await backrest.check()
        try await backups.takeFirst(repositories: repositories.count)
        try backups.remember()
        return name(repositories[0])
    }

    private func name(_ repository: Repository) -> String { repository.id ?? repository.kind.typeName }

    /// The repositories under new ids; the old ones are remembered with the record before the spec changes.
    private func acceptNewRepositories() throws -> [Repository] {
        try tools.changeRecord(node.databaseID) { record in
            guard var own = record.nodes[node.name] else {
                throw OperationError(.defect, code: "no-node-record", "\(node.name) is not recorded")
            }
            guard let config = try record.acceptedSpec().effectiveNode(node.name)?.backupConfig else {
                throw OperationError(
                    .refused, code: "no-backup-config", "node \(node.name) has no backup_config to turn on",
                    hint: "it was taken out of the accepted spec")
            }
            // A run that was killed after this point has its new ids in the spec already.
            if own.isOpeningBook == true { return config.repositories }
            let past = try record.pastRepositories(of: node.name)
            var taken = Set((config.repositories + past).compactMap(\.id))
            var renewed: [Repository] = []
            for repository in config.repositories {
                var next = repository
                let id = RepositoryNumber.next(after: repository, taken: taken)
                next.id = id
                taken.insert(id)
                renewed.append(next)
            }
            own.previousRepositories += config.repositories.map {
                PastRepository(repository: $0.tree, until: tools.context.now(), note: "before a restore")
            }
            own.isOpeningBook = true
            record.nodes[node.name] = own
            record.spec = AcceptedSpecEdit.replacingRepositories(
                record.spec, of: node.name, with: renewed.map(\.tree))
            record.revision += 1
            return renewed
        }
    }
}
