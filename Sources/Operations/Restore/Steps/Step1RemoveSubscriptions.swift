import Catalog
import Postgres

/// Step 1: nobody but pgstanza can write to the node any more, and no subscription is at work.
///
/// A node with subscriptions is refused by preflight, so what is left here is the fence.
struct RemoveSubscriptions: RestoreStep {
    let name = RestoreStepName.removeSubscriptions

    func perform(_ run: RestoreRun, on node: NodePlacement) async throws -> String? {
        let isRunning = try run.tools.isRunning(node.primary)
        if await run.journal.facts(node.name).savedConfiguration == nil {
            let directory = run.savedConfigurationDirectory(node)
            // The copy that the home keeps is as new as the last create or backup; what runs is newer.
            if isRunning { try await run.tools.refreshSavedConfiguration(node) }
            try run.tools.copySavedConfiguration(node, to: directory)
            await run.pause("remove-subscriptions.saved")
            let own = try Databases(home: run.context.home).load(node.databaseID).nodes[node.name]
            let replicas = try node.replicas.filter { try $0.isHere && run.tools.isRunning($0) }.map(\.hostID)
            try await run.journal.note(node.name) {
                $0.savedConfiguration = directory
                $0.wasRunning = isRunning
                $0.replicasRunning = replicas
                $0.hadBackups = own?.backups == .on
                $0.undoBefore = own?.undo
            }
        }
        let fence = Fence(node: node, run: run)
        guard isRunning else {
            let directory = await run.journal.facts(node.name).savedConfiguration
            if let directory { try fence.raiseInFiles(try SavedConfiguration.read(from: directory)) }
            return nil
        }
        run.say(node, "fencing the node")
        try await fence.raise()
        return nil
    }
}
