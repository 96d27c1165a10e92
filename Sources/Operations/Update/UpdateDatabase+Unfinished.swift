import Catalog
import Failures

/// Nodes whose making was cut short.
extension UpdateDatabase {
    /// What there is to see while the restore by which a node is made is cut short: its directory cannot be judged.
    func unfinishedAddition() throws -> UpdatePlan? {
        let record = try Databases(home: context.home).load(id)
        guard let earlier = try record.unfinishedRestore(context.home) else { return nil }
        if givesUp(earlier) {
            return UpdatePlan(
                database: id,
                steps: earlier.plan.nodeNames.map {
                    UpdateChange(node: $0, kind: .removeNode, detail: "what was made of it so far is taken back")
                })
        }
        return UpdatePlan(
            database: id,
            steps: earlier.plan.nodeNames.map {
                UpdateChange(node: $0, kind: .resumeRestore, detail: "the restore that was cut short goes on")
            })
    }

    /// Finishes the restore of a node of an update that was cut short in it.
    func goOnWithRestore() async throws {
        let lock = try await NodeLocks.acquire(context, database: id)
        defer { lock.release() }
        let (record, placement) = try context.load(id)
        guard let earlier = try record.unfinishedRestore(context.home), givesUp(earlier) else {
            return try await RestoreService(context: context).goOnWithCreation(of: id)
        }
        let nodes = placement.nodes.filter { earlier.plan.nodeNames.contains($0.name) }
        let locks = try await NodeLocks.acquire(context, dataDirectories: nodes.map(\.primary.pgdata), backupsOf: nodes)
        defer { locks.release() }
        context.reporter.report(.phase(node: nil, text: "taking back what was cut short"))
        // Whether there was an empty directory is not known any more; in a place of the spec's own there may have been.
        let own = Directories.parent(of: context.home.nodeDir(id, nodes.first?.name ?? ""))
        let kept = CreationTakeBack.emptyDirectories(nodes).filter { !$0.hasPrefix(own + "/") }
        try await CreationTakeBack(
            tools: tools, databaseID: id, nodes: nodes, plans: [earlier.plan], emptyBefore: kept, keepsRecord: true
        ).takeBack()
    }

    /// Whether the node that was cut short is not wanted any more, and none of the others has it for a peer yet.
    private func givesUp(_ earlier: EarlierRestore) -> Bool {
        guard let request, earlier.canBeTakenBack else { return false }
        return !request.spec.nodes.contains { earlier.plan.nodeNames.contains($0.name) }
    }
}
