import Catalog
import Failures
import Postgres

/// Starts and stops the instances of a database that live on this host.
public struct StartStop: Sendable {
    public let context: OperationContext
    private let tools: NodeTools

    /// One instance, and what was done.
    public struct InstanceReport: Sendable, Equatable {
        public var node: String
        public var hostID: String
        public var role: InstanceRole
        /// As it is now: `running` or `stopped`.
        public var state: String
        /// It was in another state before.
        public var changed: Bool
    }

    public enum Direction: Sendable {
        case start
        case stop
    }

    public init(_ context: OperationContext) {
        self.context = context
        tools = NodeTools(context)
    }

    /// What there is to do; throws what is known to go wrong.
    public func plan(_ direction: Direction, _ id: String, nodes names: [String]) async throws -> [PlannedChange] {
        var changes: [PlannedChange] = []
        for node in try nodes(id, names, direction) {
            for instance in instancesHere(node) where try tools.isRunning(instance) != (direction == .start) {
                changes.append(
                    PlannedChange(
                        node: node.name, action: direction == .start ? "start" : "stop",
                        detail: "the \(instance.role.rawValue) in \(instance.pgdata)"))
            }
        }
        return changes
    }

    /// Starts or stops the instances of some nodes, or of all; those that are so already are left alone.
    ///
    /// Primaries start before their replicas, which then have something to follow, and stop after them.
    public func run(_ direction: Direction, _ id: String, nodes names: [String]) async throws -> [InstanceReport] {
        let nodes = try nodes(id, names, direction)
        let locks = try await NodeLocks.acquire(
            context, database: id, dataDirectories: nodes.flatMap { instancesHere($0).map(\.pgdata) },
            backupsOf: nodes)
        defer { locks.release() }
        let operation = self
        return try await SideBySide.run(nodes, name: \.name) { node in
            try await operation.run(direction, node)
        }.flatMap { $0 }
    }

    private func nodes(_ id: String, _ names: [String], _ direction: Direction) throws -> [NodePlacement] {
        let (record, placement) = try context.load(id)
        guard record.state != .restoring else {
            throw OperationError(
                .refused, code: "restore-under-way", "a restore of \(id) is under way or was interrupted",
                hint: "pgstanza restore status \(id)")
        }
        guard !names.isEmpty else { return placement.nodes.filter { !instancesHere($0).isEmpty } }
        return try names.map { name in
            let node = try placement.node(name)
            guard !instancesHere(node).isEmpty else {
                throw OperationError(
                    .refused, code: "node-elsewhere", "no instance of \(name) lives on this host",
                    hint: "run the same command on \(node.instances.map(\.hostID).joined(separator: ", "))")
            }
            return node
        }
    }

    private func instancesHere(_ node: NodePlacement) -> [InstancePlacement] { node.instances.filter(\.isHere) }

    private func run(_ direction: Direction, _ node: NodePlacement) async throws -> [InstanceReport] {
        let primaryFirst = instancesHere(node)
        var reports: [InstanceReport] = []
        for instance in direction == .start ? primaryFirst : primaryFirst.reversed() {
            let wasRunning = try tools.isRunning(instance)
            switch direction {
            case .start: try await start(instance, of: node)
            case .stop: try await stop(instance, of: node)
            }
            reports.append(
                InstanceReport(
                    node: node.name, hostID: instance.hostID, role: instance.role,
                    state: direction == .start ? "running" : "stopped",
                    changed: wasRunning != (direction == .start)))
        }
        return direction == .start ? reports : reports.reversed()
    }

    private func start(_ instance: InstancePlacement, of node: NodePlacement) async throws {
        let state = await tools.state(of: instance, of: node)
        switch state {
        case .running: return
        case .stopped, .crashed:
            context.reporter.report(
                .phase(node: node.name, text: "starting the \(instance.role.rawValue) on \(instance.hostID)"))
            try await tools.start(instance, of: node)
        case .missing, .empty, .damaged:
            throw OperationError(
                .refused, code: "no-cluster",
                "the \(instance.role.rawValue) of \(node.name) on \(instance.hostID) cannot be started: "
                    + "\(instance.pgdata) is \(state.text)",
                hint: instance.role == .primary
                    ? "bring it back from its backup: pgstanza restore \(node.databaseID) --target-node \(node.name)"
                    : (state == .missing || state == .empty ? "" : "move what is left of it away, then ")
                        + "build it anew: pgstanza db update \(node.databaseID)")
        }
    }

    private func stop(_ instance: InstancePlacement, of node: NodePlacement) async throws {
        guard try tools.isRunning(instance) else { return }
        if let supervisor = await tools.supervisor(instance, of: node) {
            throw OperationError(
                .refused, code: "supervised",
                "\(supervisor.name) looks after the \(instance.role.rawValue) of \(node.name), and would start it again",
                hint: supervisor.howToHold)
        }
        context.reporter.report(
            .phase(node: node.name, text: "stopping the \(instance.role.rawValue) on \(instance.hostID)"))
        try await tools.stop(instance, of: node)
    }
}
