import Catalog
import Failures
import Postgres

/// Puts back what steps 1 to 4 did; the files of the node are its own all the while.
///
/// Safe to repeat, and to be followed by a resume, wherever it was cut short.
struct RestoreAbort {
    var run: RestoreRun

    func backOut() async throws {
        try await run.journal.beginBackingOut()
        for name in run.plan.nodeNames { try await backOut(try run.node(name)) }
        let replication = try RestoreReplication(run)
        // Nodes that come about had nothing before.
        if run.plan.order.isCreation == true { return try await replication.giveUp() }
        for problem in try await replication.putBackInService() { run.warn(problem) }
    }

    private func backOut(_ node: NodePlacement) async throws {
        let facts = await run.journal.facts(node.name)
        guard let directory = facts.savedConfiguration else { return }
        try await run.tools.settle(node)
        run.say(node, "lifting the fence")
        try await Fence(node: node, run: run).lift(try SavedConfiguration.read(from: directory))
        if facts.wasRunning, try !run.tools.isRunning(node.primary) {
            run.say(node, "starting the primary again")
            try await run.tools.start(node.primary, of: node)
        }
        await run.pause("abort.lifted")
        for replica in node.replicas where replica.isHere { try await putBack(replica, of: node, facts) }
        try run.tools.changeRecord(node.databaseID) { record in
            if facts.hadBackups { record.nodes[node.name]?.backups = .on }
            record.nodes[node.name]?.undo = facts.undoBefore
        }
    }

    private func putBack(_ replica: InstancePlacement, of node: NodePlacement, _ facts: NodeRestoreFacts) async throws {
        if let aside = facts.replicasMovedAside[replica.hostID], Directories.exists(aside),
            !Directories.exists(replica.pgdata)
        {
            try Directories.move(aside, to: replica.pgdata)
        }
        guard facts.replicasRunning?.contains(replica.hostID) ?? true, try !run.tools.isRunning(replica) else { return }
        run.say(node, "starting the replica on \(replica.hostID) again")
        try await run.tools.start(replica, of: node)
    }
}
