import Catalog
import Failures
import Spec

/// A node that a database is to have besides those that it has: a new cluster, or one from a backup.
///
/// For databases whose nodes do not replicate among each other: what a node of a mesh would have to catch up with is not
/// known here.
struct NodeAddition: Sendable {
    var facts: CreateFacts
    /// nil when its cluster is new, or was restored already.
    var restored: RestoredNodes?
    var plan: CreatePlan

    var node: NodePlacement { facts.node }

    /// Looks at the node's place and its source; changes nothing.
    static func observe(
        _ node: NodePlacement, _ placement: DatabasePlacement, _ record: DatabaseRecord, _ tools: NodeTools
    ) async throws -> NodeAddition {
        try refuseReplication(node)
        let remembered = record.nodes[node.name]
        var facts = try await CreateObserver(tools: tools, spec: placement.spec, remembered: remembered).observe(node)
        var restored: RestoredNodes?
        if node.spec.restoreConfig != nil, remembered?.systemIdentifier == nil {
            try CreateDatabase.requireEmpty(facts)
            restored = try await RestoredNodes.plan([facts.node], placement, record, tools.context).first
            facts.source = restored?.plan.source(of: node.name)
            facts.sourceDatabaseName = restored?.plan.order.nodes.first?.sourceDatabaseName
        }
        let plan = try CreatePlanner(
            databaseID: placement.id, spec: placement.spec, ownerName: tools.context.ownerName
        ).plan([facts])
        return NodeAddition(facts: facts, restored: restored, plan: plan)
    }

    private static func refuseReplication(_ node: NodePlacement) throws {
        if let provider = node.spec.local.replication?.provider, provider != .none {
            throw OperationError(
                .refused, code: "not-built",
                "\(node.name) would have to catch up with nodes that replicate by \(provider.rawValue), which this version "
                    + "of pgstanza cannot do for a node that joins",
                hint: "create a database with all its nodes")
        }
        if let source = node.spec.sourceNode, node.spec.restoreConfig == nil {
            throw OperationError(
                .refused, code: "not-built",
                "\(node.name) would be filled from the running node \(source), which this version of pgstanza cannot do",
                hint: "fill it from a backup of \(source): restore_config with source_node_name \(source)")
        }
    }

    /// What is said of it in one line.
    var detail: String {
        if let source = facts.source {
            return "from backup \(source.label) of \(source.book.databaseID) \(source.book.node) in "
                + "\(source.book.repositoryName), into \(node.primary.pgdata), port \(node.primary.port)"
        }
        return (facts.isNew ? "a new cluster in " : "the cluster in ") + node.primary.pgdata
            + ", port \(node.primary.port)"
    }

    /// What is remembered of the node before it is made: every place that was chosen.
    func record(_ known: NodeRecord?, _ tools: NodeTools) throws -> NodeRecord {
        var own = known ?? NodeRecord(adopted: facts.isAdopted)
        try own.remember(node, tools)
        return own
    }

    /// Makes the node, or goes on with one that was cut short. The caller holds the database's lock, and has the node in
    /// the record.
    func run(_ placement: DatabasePlacement, _ tools: NodeTools) async throws {
        let databases = Databases(home: tools.context.home)
        var seen = facts
        if let restored {
            let emptyBefore = CreationTakeBack.emptyDirectories([node])
            do {
                try await restored.carryOut(placement, try databases.load(placement.id), tools.context)
            } catch let error as CancellationError {
                throw error
            } catch {
                let takeBack = CreationTakeBack(
                    tools: tools, databaseID: placement.id, nodes: [node], plans: [restored.plan],
                    emptyBefore: emptyBefore, keepsRecord: true)
                throw await takeBack.run(after: error)
            }
            let remembered = try databases.load(placement.id).nodes[node.name]
            seen = try await CreateObserver(tools: tools, spec: placement.spec, remembered: remembered).observe(node)
        }
        let keeper = RecordKeeper(try databases.load(placement.id), home: tools.context.home)
        try await NodeCreator(tools: tools, spec: placement.spec, facts: seen, keeper: keeper).run()
    }
}

extension NodeRecord {
    /// Notes where the node's instances of this machine are.
    mutating func remember(_ node: NodePlacement, _ tools: NodeTools) throws {
        for instance in node.instances where instance.isHere {
            instances[instance.hostID] = InstanceRecord(
                pgdata: instance.pgdata, port: instance.port, socketDir: instance.socketDir,
                binDir: try tools.programs(for: instance, of: node).binDir, role: instance.role)
        }
    }
}
