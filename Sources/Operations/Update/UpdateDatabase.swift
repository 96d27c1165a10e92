import Catalog
import Spec

/// Makes what runs agree with the accepted spec again: backups that a restore turned off, replicas that are missing.
public struct UpdateDatabase: Sendable {
    public let context: OperationContext
    public let id: String
    /// Backups that were off go on in the repositories from before, where that is sound.
    public let keepsRepository: Bool
    private let tools: NodeTools

    public init(_ context: OperationContext, _ id: String, keepsRepository: Bool = false) {
        self.context = context
        self.id = id
        self.keepsRepository = keepsRepository
        tools = NodeTools(context)
    }

    /// What would be done, in order; empty when everything agrees. Changes nothing.
    public func plan() throws -> [PlannedChange] {
        let (record, placement) = try context.load(id)
        let pending = try PendingSubscriptions(context, placement)?.changes ?? []
        return pending + (try placement.nodesHere.flatMap { try changes($0, record) })
    }

    /// Does it, node after node. Throws `restore-unfinished` (73) while a restore of the database is.
    public func run() async throws -> [PlannedChange] {
        let (_, placement) = try context.load(id)
        let here = placement.nodesHere
        let locks = try await NodeLocks.acquire(
            context, database: id, dataDirectories: here.map(\.primary.pgdata), backupsOf: here)
        defer { locks.release() }
        try EarlierRestore.requireNoneUnfinished(id, home: context.home)
        let record = try Databases(home: context.home).load(id)
        var done: [PlannedChange] = []
        if let pending = try PendingSubscriptions(context, placement) {
            try await pending.complete()
            done += pending.changes
        }
        for node in here {
            let wanted = try changes(node, record)
            guard !wanted.isEmpty else { continue }
            try await requireServing(node)
            // First: a replica that cannot be built must not keep a node from being backed up.
            if needsBook(node, record) {
                _ =
                    keepsRepository
                    ? try await SameBook(node: node, tools: tools).open()
                    : try await NewBook(node: node, tools: tools).open()
            }
            for replica in missingReplicas(node) {
                tools.say(node, "building the replica on \(replica.hostID)")
                try await tools.buildReplica(replica, of: node)
            }
            done += wanted
        }
        return done
    }

    private func changes(_ node: NodePlacement, _ record: DatabaseRecord) throws -> [PlannedChange] {
        var list = missingReplicas(node).map {
            PlannedChange(
                node: node.name, action: "build-replica", detail: "base backup into \($0.pgdata) on \($0.hostID)")
        }
        if needsBook(node, record) {
            let present = (node.spec.backupConfig?.repositories ?? []).map { $0.id ?? $0.kind.typeName }
            list.append(
                PlannedChange(
                    node: node.name, action: "backups-on",
                    detail:
                        keepsRepository
                        ? "into \(present.joined(separator: ", ")) as before, with a full backup"
                        : "into a repository id that follows \(present.joined(separator: ", ")), with a full backup; "
                            + "old backups stay listed"))
        }
        return list
    }

    private func needsBook(_ node: NodePlacement, _ record: DatabaseRecord) -> Bool {
        node.spec.backupConfig != nil && record.nodes[node.name]?.backups == .off
    }

    private func missingReplicas(_ node: NodePlacement) -> [InstancePlacement] {
        node.replicas.filter { $0.isHere && !Directories.exists("\($0.pgdata)/PG_VERSION") }
    }

    private func requireServing(_ node: NodePlacement) async throws {
        guard try !tools.isRunning(node.primary) else { return }
        throw OperationError(
            .unavailable, code: "server-down", "the server of \(node.name) does not run",
            hint: "pgstanza db start \(id) \(node.name)")
    }
}
