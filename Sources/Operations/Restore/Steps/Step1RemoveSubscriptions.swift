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
            try await run.journal.note(node.name) {
                $0.savedConfiguration = directory
                $0.wasRunning = isRunning
            }
        }
        guard isRunning else { return nil }
        run.say(node, "fencing the node")
        try await Fence(node: node, run: run).raise()
        return nil
    }
}
