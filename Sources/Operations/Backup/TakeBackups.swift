import Catalog
import Failures
import PgBackRest
import PositionedJSON
import Postgres
import Scheduling
import Spec
import TargetTime

/// A backup that was taken.
public struct TakenBackup: Sendable {
    public var node: String
    public var repository: String
    public var set: BackupSet
}

/// What became of a backup order.
public struct BackupOutcome: Sendable {
    public var taken: [TakenBackup]
    /// Nodes of which a schedule's run asked for no backup now, and nothing is wrong.
    public var skipped: [SkippedRun] = []
    /// What to end with, when not every node that should have been backed up was: a failure, or else a refusal.
    public var failure: (any Error)?
}

/// Takes backups: nodes side by side, each node's repositories one after the other.
public struct TakeBackups: Sendable {
    public let context: OperationContext
    private let tools: NodeTools

    public init(_ context: OperationContext) {
        self.context = context
        tools = NodeTools(context)
    }

    /// What an order comes to. Changes nothing, and throws what is known to go wrong.
    public func plan(_ id: String, _ order: BackupOrder) async throws -> BackupPlan {
        let (record, placement) = try context.load(id)
        let plan = try BackupPlanner(placement: placement, record: record).plan(order)
        guard let first = plan.nodes.first else { return plan }
        try await order.checkOptions(tools.backrest(first))
        return plan
    }

    /// Takes the backups of a plan.
    ///
    /// One node's failure does not keep the others from being backed up, nor does a node whose backups are off. Every
    /// run of a schedule is noted, a failed one too.
    ///
    /// - Parameter claim: a run that was claimed already; nil lets a plan of a schedule claim its own.
    public func run(_ plan: BackupPlan, task: String? = nil, claim: DueWork? = nil) async -> BackupOutcome {
        let operation = self
        let outcome = await SideBySide.outcome(plan.nodes, name: \.name) { node -> ScheduledRun.Result in
            guard let schedule = plan.order.schedule else { return .taken(try await operation.back(up: node, plan)) }
            let run = ScheduledRun(context: operation.context, node: node, schedule: schedule, task: task)
            return try await run.perform(claim) { try await operation.back(up: node, plan) }
        }
        let taken = outcome.results.flatMap(\.taken)
        if let schedule = plan.order.schedule { noteOff(plan, schedule) }
        ScheduleStatus(context: context).write(plan.database, taken: taken)
        return BackupOutcome(
            taken: taken, skipped: outcome.results.compactMap(\.skipped), failure: outcome.failure ?? plan.refusal)
    }

    /// What a schedule's run was asked for while the node's backups were off is not made up for later.
    private func noteOff(_ plan: BackupPlan, _ schedule: String) {
        guard let nodes = try? context.scheduledNodes(of: plan.database) else { return }
        let desk = ScheduleDesk(context: context)
        for node in nodes where node.backups == .off && node.schedules.contains(where: { $0.id == schedule }) {
            guard plan.order.nodes.isEmpty || plan.order.nodes.contains(node.node) else { continue }
            // Being told by the refusal is what matters.
            try? desk.passOff(node)
        }
    }

    private func back(up node: NodePlacement, _ plan: BackupPlan) async throws -> [TakenBackup] {
        let locks = try await NodeLocks.acquire(context, dataDirectories: [node.primary.pgdata], backupsOf: [node])
        defer { locks.release() }
        try await checkStillOn(node)
        try await checkServer(node)
        try await AbandonedBackup(node: node, tools: tools).end(isAgreed: plan.order.endsAbandonedSession)
        try await tools.refreshSavedConfiguration(node)
        let hooks = Hooks(tools, node)
        let about = about(plan, node)
        do {
            return try await takeAll(plan, node, hooks, about)
        } catch {
            await hooks.runOnFailure(error, about)
            throw error
        }
    }

    /// What hooks are told of the backup.
    private func about(_ plan: BackupPlan, _ node: NodePlacement) -> [String: JSONTree] {
        let runs = plan.runs.filter { $0.node == node.name }
        var about: [String: JSONTree] = [
            "operation": "backup", "backup_type": .string(runs.first?.type.rawValue ?? ""),
            "repositories": .array(runs.map { .string($0.repository) }),
        ]
        if let schedule = plan.order.schedule { about["schedule"] = .string(schedule) }
        return about
    }

    private func takeAll(
        _ plan: BackupPlan, _ node: NodePlacement, _ hooks: Hooks, _ about: [String: JSONTree]
    ) async throws -> [TakenBackup] {
        try await hooks.run(.beforeBackup, about)
        var taken: [TakenBackup] = []
        for run in plan.runs where run.node == node.name { taken.append(try await take(run, node, plan.order)) }
        var after = about
        // Once more in one word, for the environment.
        after["labels"] = .string(taken.map(\.set.label).joined(separator: " "))
        after["backups"] = .array(
            taken.map { backup in
                [
                    "repository": .string(backup.repository), "label": .string(backup.set.label),
                    "type": .string(backup.set.type.rawValue), "started_at": .string(backup.set.started.iso8601),
                    "stopped_at": .string(backup.set.stopped.iso8601), "size": .integer(backup.set.size),
                ]
            })
        await hooks.runAfterwards(.afterBackup, after)
        return taken
    }

    /// A restore that ended while the lock was waited for has turned them off.
    private func checkStillOn(_ node: NodePlacement) async throws {
        let (record, placement) = try context.load(node.databaseID)
        let plan = try BackupPlanner(placement: placement, record: record).plan(
            BackupOrder(nodes: [node.name], type: .full))
        guard plan.runs.isEmpty else { return }
        throw OperationError(
            .refused, code: "backups-off", "backups of \(node.name) are off",
            hint: "turn them on again: pgstanza db update \(node.databaseID)")
    }

    private func checkServer(_ node: NodePlacement) async throws {
        guard Directories.exists(node.backupConfigPath) else {
            throw OperationError(
                .refused, code: "no-configuration", "\(node.backupConfigPath) is gone",
                hint: "write it again: pgstanza db update \(node.databaseID)")
        }
        guard try tools.isRunning(node.primary) else {
            throw OperationError(
                .unavailable, code: "server-down", "the server of \(node.name) in \(node.primary.pgdata) does not run",
                hint: "pgstanza db start \(node.databaseID) \(node.name)")
        }
        let isStandby = try await tools.withConnection(to: node.primary, of: node) { connection in
            try await connection.value("SELECT pg_is_in_recovery()") == "t"
        }
        guard !isStandby else {
            throw OperationError(
                .refused, code: "standby", "the server of \(node.name) in \(node.primary.pgdata) is in recovery",
                hint: "wait until it is promoted; see pgstanza restore status \(node.databaseID)")
        }
    }

    private func take(_ run: BackupPlan.Run, _ node: NodePlacement, _ order: BackupOrder) async throws -> TakenBackup {
        let reporter = context.reporter
        let name = node.name
        reporter.report(.phase(node: name, text: "\(run.type.rawValue) backup to \(run.repository)"))
        let backrest = tools.backrest(node)
        let holding = HoldingSlots.areWanted(node) ? try holdingSlots(node) : nil
        try await holding?.prepare()
        let result = try await backrest.backup(
            type: run.type, repo: run.repositoryNumber, annotations: order.annotations, options: order.options,
            onProgress: { progress in
                reporter.report(
                    .progress(
                        node: name, percent: progress.percent, bytesDone: progress.bytesDone,
                        bytesTotal: progress.bytesTotal))
            },
            onLine: { reporter.report(.childLine(node: name, text: $0)) })
        for warning in result.warnings { reporter.report(.warning("\(name): \(warning)")) }
        let info = try await backrest.info(repo: run.repositoryNumber)
        guard let set = info.backups.last(where: { $0.label == result.label }) else {
            throw OperationError(
                .operation, code: "backup-not-listed",
                "pgbackrest took the backup \(result.label) of \(name), and does not list it",
                hint: "its retention may be too short; see \(node.logPath)")
        }
        if let holding {
            try await holding.settle(result.label, kept: Set(try await backrest.info().backups.map(\.label)))
        }
        return TakenBackup(node: name, repository: run.repository, set: set)
    }

    private func holdingSlots(_ node: NodePlacement) throws -> HoldingSlots {
        HoldingSlots(
            access: PeerAccess(tools: tools, placement: try context.load(node.databaseID).placement), node: node)
    }
}
