import Catalog
import Spec

/// Restores by which the nodes of a new database come about. Whoever asks for them holds the locks.
extension RestoreService {
    /// Plans for nodes that are not there yet; `configurations` are the files that they will begin with, `joins` what
    /// they will have of replication.
    func planCreation(
        _ order: RestoreOrder, _ record: DatabaseRecord, _ placement: DatabasePlacement,
        configurations: [String: SavedConfiguration], joins: [String: NodeReplication] = [:], repository: Repository?
    ) async throws -> RestorePlan {
        try await plan(
            order, record, placement, requestRepository: repository, configurations: configurations, joins: joins)
    }

    /// Runs a plan.
    func carryOut(
        _ plan: RestorePlan, _ placement: DatabasePlacement, _ record: DatabaseRecord,
        joins: [String: NodeReplication] = [:], repository: Repository?
    ) async throws -> RestoreReport {
        try await drive(
            try await begin(plan, placement, record, requestRepository: repository, task: nil, joins: joins))
    }

    /// Finishes the restore by which a creation or an update of `id` was making nodes when it was cut short; nothing to
    /// do when there is none.
    func goOnWithCreation(of id: String) async throws {
        guard Databases(home: context.home).exists(id) else { return }
        let (record, placement) = try context.load(id)
        guard let earlier = try record.unfinishedRestore(context.home) else { return }
        let nodes = placement.nodes.filter { earlier.plan.nodeNames.contains($0.name) }
        let locks = try await NodeLocks.acquire(
            context, dataDirectories: nodes.map(\.primary.pgdata), backupsOf: nodes)
        defer { locks.release() }
        context.reporter.report(.phase(node: nil, text: "going on with the restore that was cut short"))
        try await endOrphans(of: earlier.plan, placement)
        let run = run(of: earlier, placement)
        try await run.journal.takeOver(task: nil)
        _ = try await drive(run)
    }
}

extension DatabaseRecord {
    /// The restore by which the present creation or update makes nodes, when it was cut short; nil when there is none.
    func unfinishedRestore(_ home: Home) throws -> EarlierRestore? {
        guard state == .creating || state == .updating, let earlier = try EarlierRestore.find(id, home: home),
            earlier.journal.startedAt >= acceptedAt, ![.done, .aborted].contains(earlier.journal.state)
        else { return nil }
        return earlier
    }
}
