import Catalog
import Failures
import Postgres

/// Takes away what the creation of a database from a backup has made, when it fails before its servers hold the data.
struct CreationTakeBack {
    var tools: NodeTools
    var databaseID: String
    var nodes: [NodePlacement]
    /// The plans of the restores.
    var plans: [RestorePlan]
    /// Directories that were there before, and empty.
    var emptyBefore: Set<String>
    /// The database was there before; only the nodes go.
    var keepsRecord = false

    /// Directories that a creation is about to fill, of those that are there already.
    static func emptyDirectories(_ nodes: [NodePlacement]) -> Set<String> {
        Set(nodes.flatMap { $0.instances.filter(\.isHere).map(\.pgdata) }.filter(Directories.exists))
    }

    /// Does it, and gives the error to end with.
    func run(after error: any Error) async -> OperationError {
        let failure = error as? any Failure
        do {
            try await takeBack()
        } catch let second {
            let reason = (second as? any Failure)?.message ?? "\(second)"
            return OperationError(
                failure?.kind ?? .operation, code: failure?.code ?? "create-failed", failure?.message ?? "\(error)",
                hint:
                    "what was made could not be taken back (\(reason)): run the same command again when it is mended",
                details: failure?.details ?? [], underlying: error)
        }
        return OperationError(
            failure?.kind ?? .operation, code: failure?.code ?? "create-failed", failure?.message ?? "\(error)",
            hint: keepsRecord
                ? "nothing is left of \(nodes.map(\.name).joined(separator: ", ")): go on with pgstanza db update "
                    + "\(databaseID), or give it another spec"
                : "nothing is left of \(databaseID): correct restore_config and run the same db create again",
            details: failure?.details ?? [], underlying: error)
    }

    /// Takes everything away; throws what could not be.
    func takeBack() async throws {
        let home = tools.context.home
        let earlier = try EarlierRestore.find(databaseID, home: home).flatMap { found in
            plans.contains { $0.fingerprint == found.plan.fingerprint && $0.madeAt == found.plan.madeAt } ? found : nil
        }
        // While what was noted is still there.
        if let earlier { try await giveUp(earlier) }
        for node in nodes {
            for instance in node.instances.reversed() where instance.isHere {
                try await tools.stop(tools.asItRuns(instance), of: node)
                try empty(instance.pgdata)
            }
            for path in [node.confPath, node.lockPath, node.spoolPath] { try Directories.removeTree(path) }
            for path in [node.backupConfigPath, node.restoreConfigPath, node.passfilePath] {
                try AtomicFile.remove(path)
            }
        }
        // Preflight found them empty, or nothing there.
        for source in plans.flatMap(\.sources) {
            for place in Array(source.tablespaces.values) + source.links.values where Directory.isDirectory(place) {
                for name in try Directory.names(in: place) { try Directories.removeTree("\(place)/\(name)") }
            }
        }
        if let earlier { try Directories.removeTree(earlier.directory) }
        guard keepsRecord else { return try Databases(home: home).remove(databaseID) }
        // As if they had never been: one that is known as a cluster would not be made from a backup any more.
        try tools.changeRecord(databaseID) { record in
            for node in nodes {
                record.nodes[node.name]?.systemIdentifier = nil
                record.nodes[node.name]?.majorVersion = nil
                record.nodes[node.name]?.undo = nil
            }
        }
    }

    /// What nodes that are there have for those that come to nothing.
    private func giveUp(_ restore: EarlierRestore) async throws {
        guard let placement = try? tools.context.load(databaseID).placement else { return }
        let service = RestoreService(context: tools.context)
        try await service.endOrphans(of: restore.plan, placement)
        let run = service.run(of: restore, placement)
        try await RestoreReplication(run).giveUp()
        guard restore.plan.order.copiesRunning == true else { return }
        for name in restore.plan.nodeNames {
            let node = try placement.node(name)
            try await tools.stop(tools.asItRuns(node.primary), of: node)
            try await RunningCopy(run: run, node: node).letGo()
            for path in BaseBackup.stagingPaths(for: node.primary.pgdata) { try Directories.removeTree(path) }
            // Made by us, as a mark in it says.
            if Directories.exists(node.primary.tablespacesPath) {
                _ = try ReplicaTablespaces(replica: node.primary).map([])
            }
        }
    }

    private func empty(_ path: String) throws {
        guard Directory.isDirectory(path) else { return }
        guard emptyBefore.contains(path) else { return try Directories.removeTree(path) }
        for name in try Directory.names(in: path) { try Directories.removeTree("\(path)/\(name)") }
    }
}
