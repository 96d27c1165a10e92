import Postgres

/// Step 4: no postmaster is left in the node's data directory.
struct StopPrimary: RestoreStep {
    let name = RestoreStepName.stopPrimary

    /// A fast shutdown waits for the archiver and the walsenders; beyond this something is stuck, in seconds.
    static let stopLimit = 120.0

    func perform(_ run: RestoreRun, on node: NodePlacement) async throws -> String? {
        if try run.tools.isRunning(node.primary) {
            run.say(node, "stopping the primary")
            try await run.tools.stop(node.primary, of: node, timeLimit: Self.stopLimit)
        }
        try run.tools.removeStalePostmasterFile(node.primary)
        return nil
    }
}
