import Failures
import Postgres

/// Subscriptions that the last restore could not put back, because a peer did not answer.
///
/// What they need was kept: a slot on the restored node for a peer that reads from it, the peer's own slot and the
/// position where the peer is read.
struct PendingSubscriptions: Sendable {
    private let run: RestoreRun
    private let replication: RestoreReplication

    /// nil when nothing is left to do.
    init?(_ context: OperationContext, _ placement: DatabasePlacement) throws {
        guard let earlier = try EarlierRestore.find(placement.id, home: context.home), earlier.journal.state == .done
        else { return nil }
        run = RestoreRun(
            context: context, placement: placement, plan: earlier.plan,
            journal: JournalStore(earlier.journal, path: "\(earlier.directory)/journal.json", now: context.now),
            directory: earlier.directory, tools: NodeTools(context))
        var all = try RestoreReplication(run)
        all.links = all.links.filter { link in
            let facts = earlier.journal.facts[all.owner(of: link)]?.replication
            guard facts?.made.contains(link.id) == true else { return true }
            // Its peer may have gone after it was made, and a worker that found nobody comes back late by itself.
            return link.subscription.isEnabled && facts?.caughtUp?.contains(link.id) == false
        }
        guard !all.links.isEmpty else { return nil }
        replication = all
    }

    /// What ``complete()`` does.
    var changes: [PlannedChange] {
        replication.links.map {
            PlannedChange(
                node: replication.owner(of: $0), action: "complete-subscription",
                detail: "put back \($0.text), whose peer did not answer during the restore")
        }
    }

    /// Throws `subscriptions-pending` (69) with what still cannot be done.
    func complete() async throws {
        let problems = try await replication.bringBack()
        for name in run.plan.nodeNames where await run.journal.state(.recreateSubscriptions, name) == .warning {
            try await run.journal.end(.recreateSubscriptions, name, warning: problems.warnings[name])
        }
        guard !problems.warnings.isEmpty else { return }
        throw OperationError(
            .unavailable, code: "subscriptions-pending", problems.warnings.values.sorted().joined(separator: "; "),
            hint: "nothing is lost as long as the slots are kept; see what holds the peer up, and do this again")
    }
}
