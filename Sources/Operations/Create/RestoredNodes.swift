import Catalog
import Failures
import Postgres
import Spec

/// Nodes of a new database that are made from a backup together: they share one `restore_config`.
///
/// Their clusters come about by the same eight steps as a restore in place of nodes whose directories are gone.
struct RestoredNodes: Sendable {
    var names: [String]
    /// Of the `restore_config`; nil where it names none.
    var repository: Repository?
    var plan: RestorePlan
    /// What the nodes will have of replication, by name.
    var joins: [String: NodeReplication] = [:]

    /// Looks at the repositories and plans; changes nothing. `joins` is what the nodes will have of replication.
    ///
    /// Throws what stands in the way, everything that a restore's preflight finds included, and `not-exact` (73) for a
    /// node that would not have the same rows as those that it joins.
    static func plan(
        _ nodes: [NodePlacement], _ placement: DatabasePlacement, _ record: DatabaseRecord, _ context: OperationContext,
        joins: [String: NodeReplication] = [:]
    ) async throws -> [RestoredNodes] {
        var groups: [(config: RestoreConfig, nodes: [NodePlacement])] = []
        for node in nodes {
            guard let config = node.spec.restoreConfig else { continue }
            if let index = groups.firstIndex(where: { $0.config == config }) {
                groups[index].nodes.append(node)
            } else {
                groups.append((config, [node]))
            }
        }
        let service = RestoreService(context: context)
        var found: [RestoredNodes] = []
        for group in groups {
            // A replica that is still to be made serves nothing that could be undone.
            let flags = RestoreFlags(consents: [ConsentName.replicaElsewhere.rawValue])
            var order = try RestoreOrderResolver(
                placement: placement, record: record,
                request: RestoreRequest(targetNodes: group.nodes.map(\.name), restoreConfig: group.config),
                flags: flags, now: context.now()
            ).order()
            order.isCreation = true
            let configurations = try group.nodes.map {
                ($0.name, try $0.newConfiguration(ownerName: context.ownerName))
            }
            let plan = try await service.planCreation(
                order, record, placement, configurations: Dictionary(uniqueKeysWithValues: configurations),
                joins: joins, repository: group.config.repository)
            try requireExact(plan)
            try RestoreService.requireNoObjection(plan)
            try checkNames(plan, group.config, placement.spec.databaseName)
            let names = group.nodes.map(\.name)
            found.append(
                RestoredNodes(
                    names: names, repository: group.config.repository, plan: plan,
                    joins: joins.filter { names.contains($0.key) }))
        }
        return found
    }

    /// Where an in-place restore asks, a node that is to be like its peers from the start is refused.
    private static func requireExact(_ plan: RestorePlan) throws {
        guard plan.refusals.isEmpty else { return }
        let inexact = plan.subscriptions.filter { $0.exactness != .exact }
        guard !inexact.isEmpty else { return }
        throw OperationError(
            .refused, code: "not-exact",
            "the nodes would not have the same rows: "
                + inexact.map { "\($0.name): \($0.reason)" }.joined(separator: "; "),
            hint: "restore the newest state of a node that runs, and whose backups are on (no target in "
                + "restore_options), or fill the node from source_node; with orchestrator_opts.local.replication none it "
                + "stays by itself")
    }

    /// The database that is asked for is in the backup, and the name it is to have is free there.
    private static func checkNames(_ plan: RestorePlan, _ config: RestoreConfig, _ name: String) throws {
        for source in plan.sources {
            guard let databases = source.databases, !databases.isEmpty else { continue }
            let wanted = config.sourceDatabaseName ?? name
            guard databases.contains(wanted) else {
                throw OperationError(
                    .refused, code: "no-source-database",
                    "\(source.node): backup \(source.label) has no database \(wanted); it has "
                        + databases.sorted().joined(separator: ", "),
                    hint: "name one of them as restore_config.source_database_name; "
                        + "one that is younger than the backup needs a backup first")
            }
            guard wanted == name || !databases.contains(name) else {
                throw OperationError(
                    .refused, code: "database-exists",
                    "\(source.node): backup \(source.label) holds \(wanted) and a database \(name) too, which \(wanted) "
                        + "is to be called",
                    hint: "choose another database_name, or rename one of the two in the source and take a backup")
            }
        }
    }

    /// Restores the nodes: their data directories are there afterwards, and their servers run, archiving nothing.
    func carryOut(_ placement: DatabasePlacement, _ record: DatabaseRecord, _ context: OperationContext) async throws {
        for name in names {
            let node = try placement.node(name)
            try Directories.create(Directories.parent(of: node.confPath))
            try node.newConfiguration(ownerName: context.ownerName).write(to: node.confPath)
            try Directories.create(Directories.parent(of: node.primary.pgdata))
        }
        _ = try await RestoreService(context: context).carryOut(
            plan, placement, record, joins: joins, repository: repository)
    }
}

extension NodePlacement {
    /// The configuration files that a node begins with whose cluster comes from a backup: those that the backup brings
    /// are its source's.
    func newConfiguration(ownerName: String) throws -> SavedConfiguration {
        let pgdata = primary.pgdata
        var texts = try NewClusterFiles(node: self, ownerName: ownerName).texts
        texts["postgresql.conf"] = ManagedSettings.including(
            "# Written by pgstanza for a cluster made from a backup. What is not set here is at the server's default.\n"
                + "default_text_search_config = 'pg_catalog.english'\n")
        texts["postgresql.auto.conf"] = NewClusterFiles.autoConf("", archives: spec.backupConfig != nil)
        let roles: [(String, ConfigurationFileRole)] = [
            ("postgresql.conf", .server), ("postgresql.auto.conf", .auto), ("pg_hba.conf", .hostBasedAuthentication),
            ("pg_ident.conf", .ident), (ManagedSettings.fileName, .included),
        ]
        return SavedConfiguration(
            pgdata: pgdata,
            files: roles.map { name, role in
                SavedConfigurationFile(
                    role: role, path: "\(pgdata)/\(name)", pathInDataDirectory: name, mode: 0o600,
                    text: texts[name] ?? "")
            })
    }
}
