import Catalog
import Failures
import PgBackRest
import Postgres
import Spec

/// Looks at what an update of one node rests on. Changes nothing, and throws what is known to go wrong with its
/// repositories.
struct UpdateObserver {
    var tools: NodeTools
    var record: DatabaseRecord
    var keepsRepository: Bool
    var upgradesStanza: Bool

    func observe(_ before: NodePlacement, _ node: NodePlacement) async throws -> UpdateFacts {
        let own = record.nodes[node.name]
        var facts = UpdateFacts()
        facts.isAdopted = own?.adopted ?? false
        facts.backups = own?.backups ?? .none
        facts.isOpeningBook = own?.isOpeningBook ?? false
        facts.systemIdentifier = own?.systemIdentifier
        let line = try? await primaryLine(node)
        if node.primary.isHere {
            facts.isRunning = try tools.isRunning(node.primary)
            facts.port = try PostmasterPort.of(pgdata: node.primary.pgdata)
            facts.files = files(node)
            if facts.isRunning { try await askServer(node, &facts) }
            if let port = facts.port, port != node.primary.port, !facts.isAdopted {
                try CreateObserver.checkPort(node.primary, of: node)
            }
            try await lookAtRepositories(before, node, line, &facts)
        }
        for replica in node.replicas where replica.isHere {
            let fitness = await tools.fitness(of: replica, node: node, primary: line)
            facts.replicas[replica.hostID] = fitness
            let running = try PostmasterPort.of(pgdata: replica.pgdata)
            if running != replica.port { try CreateObserver.checkPort(replica, of: node) }
        }
        return facts
    }

    /// nil when the primary does not run, here or elsewhere.
    private func primaryLine(_ node: NodePlacement) async throws -> PrimaryLine? {
        guard node.replicas.contains(where: \.isHere) || node.spec.backupConfig != nil else { return nil }
        var node = node
        if node.primary.isHere { node.primary = tools.asItRuns(node.primary) }
        return try await tools.primaryLine(of: node)
    }

    private func files(_ node: NodePlacement) -> [String: String] {
        var found: [String: String] = [:]
        for name in [ManagedSettings.fileName, "pg_hba.conf", "pg_ident.conf"] {
            found[name] = ConfigurationFileFinder.read("\(node.primary.pgdata)/\(name)")
        }
        return found
    }

    private func askServer(_ node: NodePlacement, _ facts: inout UpdateFacts) async throws {
        let name = node.databaseName
        let seen = try await tools.withConnection(to: tools.asItRuns(node.primary), of: node) { connection in
            (
                settings: try await connection.query("SELECT name FROM pg_settings WHERE context = 'postmaster'"),
                roles: try await connection.query("SELECT rolname FROM pg_roles"),
                archive: try await Archiving.settings(connection),
                owner: try await connection.value(
                    "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1", [name])
            )
        }
        facts.restartSettings = Set(seen.settings.compactMap { $0[0]?.lowercased() })
        facts.roles = Set(seen.roles.compactMap { $0[0] })
        facts.databaseOwner = seen.owner
        facts.archive = seen.archive
    }

    private func lookAtRepositories(
        _ before: NodePlacement, _ node: NodePlacement, _ line: PrimaryLine?, _ facts: inout UpdateFacts
    ) async throws {
        guard let new = node.spec.backupConfig?.repositories else { return }
        let old = before.spec.backupConfig?.repositories ?? []
        let difference = RepositoryDifference(old, new)
        // Their places are what the node writes in any case; only those that come in have to be looked at.
        let isComingIn =
            facts.backups == .none || !difference.added.isEmpty || upgradesStanza
            || facts.backups == .on && !difference.changed.isEmpty
        if facts.backups == .on {
            let rendered = try await tools.renderConfiguration(
                node, repositories: new, path: node.backupConfigPath, bundled: tools.bundledRepositories(node, new))
            facts.isConfigurationCurrent = ConfigurationFileFinder.read(node.backupConfigPath) == rendered.text
        }
        guard isComingIn, !facts.isOpeningBook else { return }
        var check = RepositoryCheck(
            tools: tools, node: node, ownIdentifier: facts.systemIdentifier.flatMap { UInt64($0) })
        check.allowsOthers = upgradesStanza
        check.line = keepsRepository ? nil : line?.history
        (facts.repositories, _) = try await check.run(new)
        if upgradesStanza { try requireStanzas(facts, new, node) }
    }

    /// `stanza-upgrade` works on all repositories at once.
    private func requireStanzas(_ facts: UpdateFacts, _ new: [Repository], _ node: NodePlacement) throws {
        let others = facts.repositories.filter {
            $0.value.currentSystemIdentifier != nil && $0.value.currentSystemIdentifier != facts.systemIdentifier
        }
        let fresh = facts.repositories.filter { !$0.value.hasStanza }.keys.sorted()
        guard !others.isEmpty, let first = fresh.first else { return }
        throw OperationError(
            .refused, code: "no-stanza",
            "repository \(NodeRepositories.name(of: new[first - 1])) of \(node.name) has no stanza, so it cannot be upgraded "
                + "together with the others",
            hint: "add it in an update of its own")
    }
}

extension NodeTools {
    /// The instance with the port, socket and programs of the server that runs in its data directory, whatever the
    /// spec says; as it is when none does.
    func asItRuns(_ instance: InstancePlacement) -> InstancePlacement {
        guard let file = (try? PostmasterFile.alive(pgdata: instance.pgdata)) ?? nil else { return instance }
        var instance = instance
        if let port = file.port { instance.port = port }
        if let socketDir = file.socketDir { instance.socketDir = socketDir }
        return instance
    }
}
