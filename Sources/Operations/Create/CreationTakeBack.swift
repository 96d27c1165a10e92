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

    private func takeBack() async throws {
        let home = tools.context.home
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
        if let earlier = try EarlierRestore.find(databaseID, home: home),
            plans.contains(where: { $0.fingerprint == earlier.plan.fingerprint && $0.madeAt == earlier.plan.madeAt })
        {
            try Directories.removeTree(earlier.directory)
        }
        if !keepsRecord { try Databases(home: home).remove(databaseID) }
    }

    private func empty(_ path: String) throws {
        guard Directory.isDirectory(path) else { return }
        guard emptyBefore.contains(path) else { return try Directories.removeTree(path) }
        for name in try Directory.names(in: path) { try Directories.removeTree("\(path)/\(name)") }
    }
}
