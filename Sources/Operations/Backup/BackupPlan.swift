import Catalog
import Failures
import Spec

/// What a backup order comes to on this host.
public struct BackupPlan: Sendable {
    /// One run of pgBackRest.
    public struct Run: Sendable, Equatable {
        public var node: String
        /// Number in the node's configuration.
        public var repositoryNumber: Int
        public var repository: String
        public var type: BackupType
    }

    public var database: String
    public var runs: [Run]
    /// Nodes that should be backed up and cannot, with the reason; each makes the command end with 73.
    public var refused: [OperationError]
    var nodes: [NodePlacement]
    var order: BackupOrder

    /// The refusals as one error; nil when there is none.
    public var refusal: (any Error)? {
        guard refused.count > 1 else { return refused.first }
        return OperationError(
            .refused, code: refused[0].code, refused.map(\.message).joined(separator: "; "), hint: refused[0].hint)
    }

    public var changes: [PlannedChange] {
        runs.map { PlannedChange(node: $0.node, action: "backup", detail: "\($0.type.rawValue) to \($0.repository)") }
    }
}

/// Makes backup plans: pure.
struct BackupPlanner {
    var placement: DatabasePlacement
    var record: DatabaseRecord

    /// Throws when nothing of the order can be done: an unknown node (66), one that lives elsewhere, one without
    /// backups, and those whose backups are off (73).
    func plan(_ order: BackupOrder) throws -> BackupPlan {
        var plan = BackupPlan(database: placement.id, runs: [], refused: [], nodes: [], order: order)
        for node in try wanted(order) {
            if let refusal = refusal(node) {
                plan.refused.append(refusal)
                continue
            }
            plan.nodes.append(node)
            plan.runs += try runs(node, order)
        }
        if plan.runs.isEmpty, let first = plan.refused.first { throw first }
        return plan
    }

    private func wanted(_ order: BackupOrder) throws -> [NodePlacement] {
        guard order.nodes.isEmpty else { return try order.nodes.map { try placement.node($0) } }
        let nodes = placement.nodesHere.filter { node in
            guard let config = node.spec.backupConfig else { return false }
            return order.schedule.map { id in config.schedules.contains { $0.id == id } } ?? true
        }
        if nodes.isEmpty, let schedule = order.schedule { throw unknownSchedule(schedule) }
        guard !nodes.isEmpty else {
            let elsewhere = placement.nodes.filter { !$0.primary.isHere && $0.spec.backupConfig != nil }
            if let first = elsewhere.first { throw livesElsewhere(first) }
            throw OperationError(
                .refused, code: "no-backups", "the spec of \(placement.id) gives no node of this host backups",
                hint: "add backup_config to the spec, then: pgstanza db update \(placement.id) SPEC")
        }
        return nodes
    }

    private func refusal(_ node: NodePlacement) -> OperationError? {
        guard node.primary.isHere else { return livesElsewhere(node) }
        guard node.spec.backupConfig != nil else {
            return OperationError(
                .refused, code: "no-backups", "the spec gives \(node.name) no backups",
                hint: "add backup_config to the spec, then: pgstanza db update \(placement.id) SPEC")
        }
        guard record.state != .updating else {
            // The repositories' numbers in the spec and in the node's configuration may differ.
            return OperationError(
                .refused, code: "update-unfinished", "an update of \(placement.id) was cut short",
                hint: "go on with it first: pgstanza db update \(placement.id)")
        }
        switch record.nodes[node.name]?.backups {
        case .on?: return nil
        case .off?:
            return OperationError(
                .refused, code: "backups-off", "backups of \(node.name) are off since it was restored",
                hint: "turn them on again: pgstanza db update \(placement.id)")
        case .some(.none), nil:
            return OperationError(
                .refused, code: "backups-not-ready", "backups of \(node.name) have not been set up yet",
                hint: record.state == .creating
                    ? "let the create end well: pgstanza db create SPEC" : "pgstanza db update \(placement.id)")
        }
    }

    private func livesElsewhere(_ node: NodePlacement) -> OperationError {
        OperationError(
            .refused, code: "node-elsewhere",
            "the primary of \(node.name) lives on \(node.primary.hostID), and backups are taken there",
            hint: "on \(node.primary.hostID): pgstanza backup \(placement.id) \(node.name)")
    }

    private func runs(_ node: NodePlacement, _ order: BackupOrder) throws -> [BackupPlan.Run] {
        guard let config = node.spec.backupConfig else { return [] }
        var type = order.type
        if let id = order.schedule {
            guard let schedule = config.schedules.first(where: { $0.id == id }) else { throw unknownSchedule(id) }
            type = schedule.type
        }
        guard let type else {
            throw OperationError(
                .usage, code: "no-type", "what type of backup?", hint: "--type full, --type diff or --type incr")
        }
        let all = config.repositories.enumerated().map { index, repository in
            BackupPlan.Run(
                node: node.name, repositoryNumber: index + 1, repository: NodeRepositories.name(of: repository),
                type: type)
        }
        guard let wanted = order.repository else { return all }
        let chosen = all.filter { $0.repository == wanted }
        guard !chosen.isEmpty else {
            throw OperationError(
                .notFound, code: "unknown-repository", "\(node.name) has no repository \(wanted)",
                hint: "its repositories are \(all.map(\.repository).joined(separator: ", "))")
        }
        return chosen
    }

    private func unknownSchedule(_ id: String) -> OperationError {
        let known = placement.nodes.flatMap { $0.spec.backupConfig?.schedules.map(\.id) ?? [] }
        return OperationError(
            .notFound, code: "unknown-schedule", "no node of this host has a schedule \(id)",
            hint: known.isEmpty
                ? "the spec has no schedules" : "its schedules are \(Set(known).sorted().joined(separator: ", "))")
    }
}
