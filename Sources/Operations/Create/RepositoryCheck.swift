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
            bundled: Set(fresh).union(tools.bundledRepositories(node)))
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
            facts[number] = found
        }
        return facts
    }

    private func checkIdentity(_ facts: RepositoryFacts, _ repository: Repository, _ number: Int) throws {
        guard let current = facts.currentSystemIdentifier, current != ownIdentifier.map({ String($0) }) else { return }
        throw OperationError(
            .refused, code: "repository-in-use",
            "repository \(name(repository, number)) already holds backups of another cluster (system identifier "
                + "\(current)) for \(node.name) of \(node.databaseID)",
            hint: "give the repository another id or base_path; or, to have that cluster's data, create the database "
                + "with restore_config")
    }

    private func name(_ repository: Repository, _ number: Int) -> String {
        repository.id ?? "\(number) (\(repository.kind.typeName))"
    }
}
