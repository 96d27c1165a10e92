import Failures
import Postgres

/// Step 7: every replica of this host streams from the restored primary.
///
/// A failure here leaves the node up, so it is a warning: `restore resume` builds what is missing.
struct RecreateReplicas: RestoreStep {
    let name = RestoreStepName.recreateReplicas

    func perform(_ run: RestoreRun, on node: NodePlacement) async throws -> String? {
        let replicas = node.replicas.filter(\.isHere)
        guard !replicas.isEmpty else { return nil }
        // It may have been killed, or the machine started anew, since it was promoted.
        try await run.tools.start(node.primary, of: node)
        let problems = await withTaskGroup(of: String?.self) { group in
            for replica in replicas {
                group.addTask {
                    do {
                        run.say(node, "rebuilding the replica on \(replica.hostID)")
                        try await run.tools.buildReplica(replica, of: node)
                        return nil
                    } catch {
                        let reason = (error as? any Failure)?.message ?? "\(error)"
                        return "the replica of \(node.name) on \(replica.hostID) could not be rebuilt: \(reason)"
                    }
                }
            }
            var found: [String] = []
            for await problem in group {
                if let problem { found.append(problem) }
            }
            return found
        }
        try Task.checkCancellation()
        return problems.isEmpty ? nil : problems.sorted().joined(separator: "; ")
    }
}
