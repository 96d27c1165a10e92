import Catalog
import Postgres

/// Step 1: nobody but pgstanza can write to the node any more, its peers hold what it wrote, and no subscription is at
/// work.
struct RemoveSubscriptions: RestoreStep {
    let name = RestoreStepName.removeSubscriptions
    let concludes = true

    /// The inventories of all nodes come first: a fence ends the sessions that others ask a node with.
    func prepare(_ run: RestoreRun) async throws -> [String: String] {
        for name in run.plan.nodeNames { try await takeInventory(run, try run.node(name)) }
        return [:]
    }

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

    /// On disk before anything is changed: after the restore it exists nowhere else.
    private func takeInventory(_ run: RestoreRun, _ node: NodePlacement) async throws {
        guard await run.journal.facts(node.name).inventory == nil else { return }
        let access = PeerAccess(tools: run.tools, placement: run.placement)
        let file = RestoreReplication.file(run, node.name)
        if let inventory = try await ReplicationObserver(access: access).observe(node) { try file.write(inventory) }
        await run.pause("remove-subscriptions.inventory")
        try await run.journal.note(node.name) { $0.inventory = file.path }
    }

    func conclude(_ run: RestoreRun) async throws -> [String: String] {
        let replication = try RestoreReplication(run)
        guard !replication.links.isEmpty else { return [:] }
        if run.plan.order.isCreation == true { try await replication.reserveSlots() }
        var problems = try await replication.drain()
        let others = try await replication.takeOutOfService()
        problems.add(others)
        try await replication.noteSequences()
        return problems.warnings
    }
}
