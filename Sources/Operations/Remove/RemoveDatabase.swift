import Catalog
import Failures
import PgBackRest
import Postgres

/// Forgets a database: its servers get back the archive settings they had, its data directories and backups stay.
public struct RemoveDatabase: Sendable {
    public let context: OperationContext
    private let tools: NodeTools

    public init(_ context: OperationContext) {
        self.context = context
        tools = NodeTools(context)
    }

    /// What removing comes to.
    public struct Plan: Sendable {
        public var database: String
        public var changes: [PlannedChange]
        /// Servers that do not answer, with what then has to be taken out of their files by hand.
        public var unreachable: [UnreachableServer]
    }

    /// A server whose settings cannot be given back now.
    public struct UnreachableServer: Sendable, Equatable {
        public var node: String
        public var reason: String
        /// The file, and the lines of it that pgstanza wrote.
        public var file: String
        public var lines: [String]
    }

    /// Looks at every server of this host. Changes nothing.
    public func plan(_ id: String) async throws -> Plan {
        let (record, placement) = try context.load(id)
        var plan = Plan(database: id, changes: [], unreachable: [])
        for node in placement.nodesHere where record.nodes[node.name].map({ $0.backups != .none }) ?? false {
            if let reason = await whyUnreachable(node) {
                plan.unreachable.append(unreachable(node, reason))
            } else if record.nodes[node.name]?.archiveSettingsBefore.isEmpty ?? true {
                plan.changes.append(
                    PlannedChange(node: node.name, action: "archiving-off", detail: "nothing is archived any more"))
            } else {
                plan.changes.append(
                    PlannedChange(
                        node: node.name, action: "archiving-back",
                        detail: "the server gets the archive settings back that it had before"))
            }
        }
        plan.changes.append(
            PlannedChange(node: nil, action: "forget", detail: "data directories, replicas and backups stay"))
        return plan
    }

    /// Does it. `evenUnreachable` (`--yes`) goes on without the servers that do not answer.
    ///
    /// Throws `server-down` (73) for those otherwise, with the lines to take out by hand.
    public func run(_ id: String, evenUnreachable: Bool) async throws -> Plan {
        let (record, placement) = try context.load(id)
        let nodes = placement.nodesHere
        let locks = try await NodeLocks.acquire(
            context, database: id, dataDirectories: nodes.map(\.primary.pgdata), backupsOf: nodes)
        defer { locks.release() }
        let plan = try await plan(id)
        if let first = plan.unreachable.first, !evenUnreachable {
            throw OperationError(
                .refused, code: "server-down",
                "the server of \(first.node) does not answer, so its archive settings cannot be taken back: "
                    + first.reason,
                hint: "start it (pgstanza db start \(id)), or say --yes and take the lines out yourself",
                details: plan.unreachable.flatMap(Self.instructions))
        }
        let keeper = RecordKeeper(record, home: context.home)
        for node in nodes where plan.changes.contains(where: { $0.node == node.name }) {
            try await giveBack(node, record.nodes[node.name]?.archiveSettingsBefore ?? [:], keeper)
        }
        for server in plan.unreachable {
            Self.instructions(server).forEach { context.reporter.report(.warning($0)) }
        }
        try Databases(home: context.home).remove(id)
        // A server that still archives with it needs its configuration: without it, WAL would pile up.
        for node in nodes where !plan.unreachable.contains(where: { $0.node == node.name }) {
            try BackupsOff.removeConfiguration(node)
        }
        return plan
    }

    /// What a person has to do at a server that could not be reached.
    public static func instructions(_ server: UnreachableServer) -> [String] {
        guard !server.lines.isEmpty else { return [] }
        return ["take these lines out of \(server.file) and reload the server:"] + server.lines.map { "    \($0)" }
    }

    private func whyUnreachable(_ node: NodePlacement) async -> String? {
        do {
            guard try tools.isRunning(node.primary) else { return "it does not run" }
            try await tools.withConnection(to: node.primary, of: node) { _ = try await $0.value("SELECT 1") }
            return nil
        } catch {
            return (error as? any Failure)?.message ?? "\(error)"
        }
    }

    private func unreachable(_ node: NodePlacement, _ reason: String) -> UnreachableServer {
        let path = "\(node.primary.pgdata)/postgresql.auto.conf"
        let file = (try? ServerSettingsFile.read(path)) ?? ServerSettingsFile(text: "")
        let lines = file.all.filter { $0.name == "archive_command" || $0.name == "archive_mode" }
            .map { ServerSettingsFile.line($0.name, $0.value) }
        return UnreachableServer(node: node.name, reason: reason, file: path, lines: lines)
    }

    private func giveBack(_ node: NodePlacement, _ before: [String: String?], _ keeper: RecordKeeper) async throws {
        context.reporter.report(.phase(node: node.name, text: "giving back the archive settings"))
        try await BackupsOff.giveBack(node, tools, before)
        // A second try after a failure further on must not take its own doing for what was there before.
        try await keeper.update(node: node.name) { $0.backups = .none }
    }
}
