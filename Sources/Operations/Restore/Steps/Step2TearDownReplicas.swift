import Catalog

/// Step 2: the node's read replicas are stopped and their directories moved aside, on the same file system.
///
/// They and their slots go for good only when the files of the primary have been restored.
struct TearDownReplicas: RestoreStep {
    let name = RestoreStepName.tearDownReplicas

    func perform(_ run: RestoreRun, on node: NodePlacement) async throws -> String? {
        for replica in node.replicas where replica.isHere {
            let aside = Self.asidePath(replica, run)
            if Directories.exists(replica.pgdata), !Directories.exists(aside) {
                run.say(node, "stopping the replica on \(replica.hostID)")
                try await run.tools.stop(replica, of: node, timeLimit: StopPrimary.stopLimit)
                await run.pause("tear-down-replicas.stopped")
                // Noted first: a directory that stands in the journal and was not moved yet is harmless.
                try await run.journal.note(node.name) { $0.replicasMovedAside[replica.hostID] = aside }
                await run.pause("tear-down-replicas.noted")
                try Directories.move(replica.pgdata, to: aside)
            }
        }
        return nil
    }

    static func asidePath(_ replica: InstancePlacement, _ run: RestoreRun) -> String {
        "\(replica.pgdata).before-\(run.id)"
    }
}
