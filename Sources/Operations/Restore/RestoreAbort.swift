import Catalog

/// Puts back what steps 1 to 4 did; the files of the node are its own all the while.
struct RestoreAbort {
    var run: RestoreRun

    func backOut() async throws {
        for name in run.plan.nodeNames {
            let node = try run.node(name)
            let facts = await run.journal.facts(name)
            guard let directory = facts.savedConfiguration else { continue }
            let saved = try SavedConfiguration.read(from: directory)
            if facts.wasRunning, try !run.tools.isRunning(node.primary) {
                run.say(node, "starting the primary again")
                try await run.tools.start(node.primary, of: node)
            }
            if facts.wasRunning {
                run.say(node, "lifting the fence")
                try await Fence(node: node, run: run).lift(saved)
            } else {
                try saved.putBackOnly(saved.hbaPath(pgdata: node.primary.pgdata), pgdata: node.primary.pgdata)
            }
            for replica in node.replicas where replica.isHere {
                guard let aside = facts.replicasMovedAside[replica.hostID] else { continue }
                run.say(node, "starting the replica on \(replica.hostID) again")
                if Directories.exists(aside), !Directories.exists(replica.pgdata) {
                    try Directories.move(aside, to: replica.pgdata)
                }
                if try !run.tools.isRunning(replica) { try await run.tools.start(replica, of: node) }
            }
            if facts.hadBackups { try run.tools.changeRecord(node.databaseID) { $0.nodes[name]?.backups = .on } }
        }
    }
}
