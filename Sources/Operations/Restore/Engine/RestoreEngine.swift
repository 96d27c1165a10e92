import Failures

/// Drives the eight steps over the target nodes: step by step over all of them, nodes side by side within a step.
struct RestoreEngine: Sendable {
    static let steps: [any RestoreStep] = [
        RemoveSubscriptions(), TearDownReplicas(), RemoveBackupConfiguration(), StopPrimary(), RestoreFiles(),
        StartPrimary(), RecreateReplicas(), RecreateSubscriptions(),
    ]

    var run: RestoreRun

    /// Runs every step that the journal does not call done, and finishes the journal.
    ///
    /// Throws what the first failing step threw; its state is in the journal by then.
    func drive() async throws {
        do {
            for step in Self.steps {
                try Task.checkCancellation()
                try await perform(step)
            }
            try await run.journal.finish(.done)
        } catch is CancellationError {
            try await run.journal.finish(.interrupted)
            throw CancellationError()
        } catch {
            try await run.journal.finish(.failed)
            throw error
        }
    }

    private func perform(_ step: any RestoreStep) async throws {
        var pending: [NodePlacement] = []
        for name in run.plan.nodeNames {
            let state = await run.journal.state(step.name, name)
            if state != .done && state != .warning { pending.append(try run.node(name)) }
        }
        guard !pending.isEmpty else { return }
        let failures = await withTaskGroup(of: (any Error)?.self) { group in
            for node in pending {
                group.addTask { await attempt(step, on: node) }
            }
            var found: [any Error] = []
            for await failure in group {
                if let failure { found.append(failure) }
            }
            return found
        }
        // One node's failure does not stop the others within the step; none of them enters the next one.
        if let first = failures.first(where: { !($0 is CancellationError) }) ?? failures.first { throw first }
    }

    private func attempt(_ step: any RestoreStep, on node: NodePlacement) async -> (any Error)? {
        do {
            try await run.journal.begin(step.name, node.name)
            await run.pause("\(step.name.rawValue).begun")
            try await run.tools.settle(node)
            let warning = try await step.perform(run, on: node)
            await run.pause("\(step.name.rawValue).performed")
            if let warning { run.warn(warning) }
            try await run.journal.end(step.name, node.name, warning: warning)
            return nil
        } catch is CancellationError {
            return CancellationError()
        } catch {
            try? await run.journal.fail(step.name, node.name, error)
            return error
        }
    }
}
