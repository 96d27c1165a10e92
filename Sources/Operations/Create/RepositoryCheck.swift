import Failures
import PgBackRest
import Postgres
import Spec

/// Finds out whether a node's repositories can be reached, written, and are free for its cluster.
struct RepositoryCheck {
    var tools: NodeTools
    var node: NodePlacement
    /// System identifier of the node's cluster; nil when it is still to be made.
    var ownIdentifier: UInt64?
    /// A repository of another cluster is taken all the same: its stanza will be upgraded to the node's.
    var allowsOthers = false
    /// The timeline that the server writes now, where its WAL has to fit onto what the repositories hold; nil where it
    /// need not.
    var line: TimelineHistory?

    /// Asks pgBackRest itself, with the configuration that the node will have, in a place that is removed afterwards.
    ///
    /// Throws what is known to go wrong: an option that the installed version does not know (65), a repository that
    /// does not answer (69), one that may not be written (77), one that holds another cluster's backups (73).
    func run(_ repositories: [Repository]) async throws -> ([Int: RepositoryFacts], RenderedConfiguration) {
        for (index, repository) in repositories.enumerated() { try checkPath(repository, number: index + 1) }
        let facts = try await Directories.withTemporary { directory in
            let path = "\(directory)/pgbackrest.conf"
            let rendered = try await tools.renderConfiguration(node, repositories: repositories, path: path)
            try rendered.write()
            return try await ask(tools.backrest(node, configPath: path), repositories)
        }
        let fresh = facts.filter { !$0.value.hasStanza }.map(\.key)
        let configuration = try await tools.renderConfiguration(
            node, repositories: repositories, path: node.backupConfigPath,
            bundled: Set(fresh).union(tools.bundledRepositories(node, repositories)))
        return (facts, configuration)
    }

    private func checkPath(_ repository: Repository, number: Int) throws {
        guard repository.kind == .posix || repository.kind == .cifs,
            let path = repository.customPath ?? repository.basePath
        else { return }
        let nearest = Directories.nearestExisting(path)
        guard !Directories.isWritable(nearest) else { return }
        throw OperationError(
            .notPermitted, code: "repository-not-writable",
            "repository \(name(repository, number)) of \(node.name) lies in \(path), and \(nearest) is not writable for "
                + tools.context.ownerName,
            hint: "make \(path) a directory that belongs to \(tools.context.ownerName)")
    }

    private func ask(_ backrest: PgBackRest, _ repositories: [Repository]) async throws -> [Int: RepositoryFacts] {
        let warnings = try await backrest.configurationWarnings()
        if let warning = warnings.first(where: { $0.contains("configuration file contains") }) {
            throw OperationError(
                .invalidInput, code: "unknown-option",
                "the configuration for \(node.name) has an option that the installed pgBackRest does not take: \(warning)",
                hint: "correct custom_options or orchestrator_opts.local.pgbackrest.options")
        }
        let info = try await backrest.info()
        var facts: [Int: RepositoryFacts] = [:]
        for (index, repository) in repositories.enumerated() {
            let number = index + 1
            let status = info.repositories.first { $0.key == number }?.status ?? info.status
            if status.state == .failed {
                throw OperationError(
                    .unavailable, code: "repository-unreachable",
                    "repository \(name(repository, number)) of \(node.name) cannot be read: \(status.message)",
                    hint: "check its place, keys and certificate in the spec")
            }
            let clusters = info.databases.filter { $0.repoKey == number }.sorted { $0.id < $1.id }
            let found = RepositoryFacts(
                hasStanza: !clusters.isEmpty, systemIdentifiers: clusters.map { String($0.systemIdentifier) },
                currentSystemIdentifier: clusters.last.map { String($0.systemIdentifier) })
            try checkIdentity(found, repository, number)
            if let line, let own = ownIdentifier, found.currentSystemIdentifier == String(own),
                let current = info.currentDatabase(repo: number)
            {
                try await checkTimeline(line, current, backrest, repository, number)
            }
            facts[number] = found
        }
        return facts
    }

    /// Two incarnations of one cluster in one archive can collide in their timelines, and a restore along the default
    /// timeline would no longer be right.
    private func checkTimeline(
        _ line: TimelineHistory, _ current: DatabaseInfo, _ backrest: PgBackRest, _ repository: Repository,
        _ number: Int
    ) async throws {
        guard let archive = try await backrest.archive(repo: number).archive(databaseID: current.id),
            let newest = archive.histories.union(archive.timelines.keys).max()
        else { return }
        if newest == line.timeline {
            // A cluster that was on a later timeline when its archive began has no history file there.
            guard archive.histories.contains(newest) else { return }
            let theirs = try await backrest.history(of: newest, archiveID: archive.id, repo: number)
            if theirs.entries.map(\.switchPosition) == line.entries.map(\.switchPosition) { return }
        }
        throw OperationError(
            .refused, code: "closed-repository",
            "repository \(name(repository, number)) of \(node.name) holds the cluster's WAL up to timeline \(newest), "
                + "and the server is on timeline \(line.timeline), which does not go on from there",
            hint: "give the repository another id; the old one stays listed and restorable")
    }

    private func checkIdentity(_ facts: RepositoryFacts, _ repository: Repository, _ number: Int) throws {
        if allowsOthers { return }
        guard let current = facts.currentSystemIdentifier, current != ownIdentifier.map({ String($0) }) else { return }
        throw OperationError(
            .refused, code: "repository-in-use",
            "repository \(name(repository, number)) already holds backups of another cluster (system identifier "
                + "\(current)) for \(node.name) of \(node.databaseID)",
            hint: ownIdentifier == nil
                ? "give the repository another id or base_path; or, to have that cluster's data, create the database "
                    + "with restore_config"
                : "give the repository another id or base_path; or have it go on with this cluster, its old backups "
                    + "kept: pgstanza db update \(node.databaseID) SPEC --stanza-upgrade")
    }

    private func name(_ repository: Repository, _ number: Int) -> String {
        repository.id ?? "\(number) (\(repository.kind.typeName))"
    }
}
