import Operations
import Spec

/// Asks for a plan's confirmation, runs it as a task, and prints the summary.
struct RestoreRunner {
    let context: CommandContext
    let how: RestoreRunOptions

    /// Prints the plan where that is all that was asked for, and runs it otherwise.
    func show(_ planning: RestorePlanOptions, orRun plan: RestorePlan, repository: Repository?) async throws {
        if let file = planning.savePlan { try RestorePlanFile.write(plan, to: file, repository: repository) }
        guard planning.plan || how.dryRun.dryRun || planning.savePlan != nil else {
            return try await run(plan, repository: repository)
        }
        context.output.result(RestorePlanText(plan).document, text: RestorePlanText(plan).lines)
        // A plan that cannot be run is an answer as well; its exit code says so.
        try RestoreService.requireNoObjection(plan)
    }

    func run(_ plan: RestorePlan, repository: Repository?) async throws {
        try RestoreService.requireNoObjection(plan)
        if !how.agreement.yes {
            for line in RestorePlanText(plan).lines { context.output.info(line) }
        }
        try await context.confirm(
            "This replaces the data of \(plan.nodeNames.joined(separator: ", ")).", typing: plan.order.databaseID,
            isAgreed: how.agreement.yes)
        let task = TaskDescription(
            "restore", plan.order.databaseID, nodes: plan.nodeNames, detach: how.detach,
            lockWait: try how.lock.seconds(context))
        let report = try await context.runTask(task) { task in
            try await RestoreService(context: task.operation).apply(
                plan, requestRepository: repository, task: task.handle.id)
        }
        guard let report else { return }
        context.output.result(RestoreReportText(report).document, text: RestoreReportText(report).lines)
    }
}
