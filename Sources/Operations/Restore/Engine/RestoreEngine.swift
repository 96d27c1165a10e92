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
        let nodes = pending
        // First of all: whoever looks at the journal of a run that died must find the step that it died in.
        for node in nodes { try await run.journal.begin(step.name, node.name) }
        await run.pause("\(step.name.rawValue).begun")
        let before = try await together(step, nodes) { try await step.prepare(run) }
        let outcomes = await withTaskGroup(of: (NodePlacement, Result<String?, any Error>).self) { group in
            for node in nodes {
                group.addTask { (node, await attempt(step, on: node, prepared: before[node.name])) }
            }
            var found: [(NodePlacement, Result<String?, any Error>)] = []
            for await outcome in group { found.append(outcome) }
            return found
        }
        // One node's failure does not stop the others within the step; none of them enters the next one.
        let failures = outcomes.compactMap { outcome -> (any Error)? in
            if case .failure(let error) = outcome.1 { error } else { nil }
        }
        if let first = failures.first(where: { !($0 is CancellationError) }) ?? failures.first { throw first }
        guard step.concludes else { return }
        let after = try await together(step, nodes) { try await step.conclude(run) }
        await run.pause("\(step.name.rawValue).concluded")
        for case (let node, .success(let warning)) in outcomes {
            try await end(step, node, [warning, after[node.name]])
        }
    }

    /// What a step does for all nodes at once; when it fails it has failed on each of them.
    private func together(
        _ step: any RestoreStep, _ nodes: [NodePlacement], _ body: () async throws -> [String: String]
    ) async throws -> [String: String] {
        do {
            return try await body()
        } catch {
            if !(error is CancellationError) {
                for node in nodes { try? await run.journal.fail(step.name, node.name, error) }
            }
            throw error
        }
    }

    /// Gives the warning of a step that is still to be concluded.
    private func attempt(
        _ step: any RestoreStep, on node: NodePlacement, prepared: String?
    ) async -> Result<String?, any Error> {
        do {
            try await run.tools.settle(node)
            let warnings = [prepared, try await step.perform(run, on: node)].compactMap { $0 }
            await run.pause("\(step.name.rawValue).performed")
            if !step.concludes { try await end(step, node, warnings) }
            return .success(warnings.isEmpty ? nil : warnings.joined(separator: "; "))
        } catch is CancellationError {
            return .failure(CancellationError())
        } catch {
            try? await run.journal.fail(step.name, node.name, error)
            return .failure(error)
        }
    }

    private func end(_ step: any RestoreStep, _ node: NodePlacement, _ warnings: [String?]) async throws {
        let text = warnings.compactMap { $0 }.joined(separator: "; ")
        if !text.isEmpty { run.warn(text) }
        try await run.journal.end(step.name, node.name, warning: text.isEmpty ? nil : text)
    }
}
