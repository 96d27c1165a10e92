import Catalog
import Failures
import Postgres

/// Step 8: every subscription is at work again, from where it has to go on; then the node serves: the fence is lifted, and
/// backups are on again when that was asked for.
struct RecreateSubscriptions: RestoreStep {
    let name = RestoreStepName.recreateSubscriptions

    func prepare(_ run: RestoreRun) async throws -> [String: String] {
        let replication = try RestoreReplication(run)
        let mesh = RestoredMesh(run)
        guard !replication.links.isEmpty || mesh != nil else { return [:] }
        for name in run.plan.nodeNames {
            let node = try run.node(name)
            // It may have been killed, or the machine started anew, since it was promoted.
            try await run.tools.start(node.primary, of: node)
            run.say(node, "putting its subscriptions back")
            try await Fence(node: node, run: run).renew(
                try SavedConfiguration.read(from: run.savedConfigurationDirectory(node)))
        }
        if let mesh { try await mesh.connect() }
        return try await replication.bringBack().warnings
    }

    func perform(_ run: RestoreRun, on node: NodePlacement) async throws -> String? {
        try await run.tools.start(node.primary, of: node)
        let replicaProblem = try await startReplicas(run, node)
        run.say(node, "lifting the fence")
        let saved = try SavedConfiguration.read(from: run.savedConfigurationDirectory(node))
        let fence = Fence(node: node, run: run)
        try await fence.lift(saved)
        let fenceProblem = try await fence.liftFromReplicas(saved)
        await run.pause("recreate-subscriptions.lifted")
        try await run.tools.refreshSavedConfiguration(node)
        try await count(run, node)
        try run.tools.removeRestoreConfiguration(node)
        let problems = [replicaProblem, fenceProblem, try await turnBackupsOn(run, node)].compactMap { $0 }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// Replicas that were built, and whose servers ended since.
    private func startReplicas(_ run: RestoreRun, _ node: NodePlacement) async throws -> String? {
        let built = RecreateReplicas()
        guard await run.journal.state(built.name, node.name) == .done,
            try node.replicas.contains(where: { try $0.isHere && !run.tools.isRunning($0) })
        else { return nil }
        return try await built.perform(run, on: node)
    }

    private func turnBackupsOn(_ run: RestoreRun, _ node: NodePlacement) async throws -> String? {
        guard run.plan.order.reenablesBackups,
            await run.journal.facts(node.name).reenabledRepository == nil
        else { return nil }
        do {
            let name = try await NewBook(node: node, tools: run.tools).open()
            try await run.journal.note(node.name) { $0.reenabledRepository = name }
            return nil
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The node serves; that its backups are still off must be heard all the same.
            let reason = (error as? any Failure)?.message ?? "\(error)"
            return
                "backups of \(node.name) could not be turned on again (pgstanza db update \(node.databaseID)): \(reason)"
        }
    }

    private func count(_ run: RestoreRun, _ node: NodePlacement) async throws {
        guard await run.journal.facts(node.name).rows == nil else { return }
        let rows = try await RowCounts(node: node, tools: run.tools).count()
        try await run.journal.note(node.name) { $0.rows = rows }
    }
}
