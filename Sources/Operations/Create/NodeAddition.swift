import Catalog
import Failures
import Spec

/// A node that a database is to have besides those that it has: a new cluster, one from a backup, or a copy of a node
/// that runs. Among nodes that replicate it becomes one of them.
struct NodeAddition: Sendable {
    var facts: CreateFacts
    /// nil when its cluster is new, or was made already.
    var restored: RestoredNodes?
    /// Its part in the replication of the others; nil when there is none, or it was made already.
    var joining: Joining?
    var plan: CreatePlan

    var node: NodePlacement { facts.node }

    /// Looks at the node's place, its source and the nodes that it joins, which are those called `present`; changes
    /// nothing.
    static func observe(
        _ node: NodePlacement, _ placement: DatabasePlacement, _ record: DatabaseRecord, present: Set<String>,
        _ tools: NodeTools
    ) async throws -> NodeAddition {
        let remembered = record.nodes[node.name]
        let facts = try await CreateObserver(tools: tools, spec: placement.spec, remembered: remembered).observe(node)
        var found = NodeAddition(
            facts: facts,
            plan: CreatePlan(database: placement.id, changes: [], files: [], questions: [], warnings: [], nodes: []))
        if remembered?.systemIdentifier == nil { try await found.chooseSource(placement, record, present, tools) }
        found.plan = try CreatePlanner(
            databaseID: placement.id, spec: placement.spec, ownerName: tools.context.ownerName
        ).plan([found.facts])
        found.plan.warnings += found.joining?.warnings ?? []
        return found
    }

    private mutating func chooseSource(
        _ placement: DatabasePlacement, _ record: DatabaseRecord, _ present: Set<String>, _ tools: NodeTools
    ) async throws {
        let source = Self.source(of: node, in: placement.id)
        if source != nil { try CreateDatabase.requireEmpty(facts) }
        joining = try await JoinObserver(
            tools: tools, placement: placement, present: present, node: node, facts: facts.replication
        ).observe(source: source)
        let joins = joining.map { [node.name: $0.replication] } ?? [:]
        if node.spec.restoreConfig != nil {
            restored = try await RestoredNodes.plan([node], placement, record, tools.context, joins: joins).first
            facts.source = restored?.plan.source(of: node.name)
            facts.sourceDatabaseName = restored?.plan.order.nodes.first?.sourceDatabaseName
        } else if let source {
            let plan = try await RunningSource(
                tools: tools, placement: placement, source: try placement.node(source), node: node
            ).plan(specRevision: record.revision, joining: joining)
            restored = RestoredNodes(names: [node.name], plan: plan, joins: joins)
        }
    }

    /// Whose data it begins with, in words; nil for a new cluster.
    private static func source(of node: NodePlacement, in database: String) -> String? {
        guard let config = node.spec.restoreConfig else { return node.spec.sourceNode }
        guard (config.sourceDatabaseID ?? database) == database else { return "another database" }
        return config.sourceNodeName ?? node.name
    }

    /// What is said of it in one line.
    var detail: String {
        var text: String
        if let source = facts.source {
            text =
                "from backup \(source.label) of \(source.book.databaseID) \(source.book.node) in "
                + "\(source.book.repositoryName), into \(node.primary.pgdata), port \(node.primary.port)"
        } else if let source = restored?.plan.sources.first {
            text = "a copy of \(source.book.node) as it runs, into \(node.primary.pgdata), port \(node.primary.port)"
        } else {
            text =
                (facts.isNew ? "a new cluster in " : "the cluster in ") + node.primary.pgdata
                + ", port \(node.primary.port)"
        }
        if let joining { text += "; " + joining.detail }
        return text
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
                let earlier = try EarlierRestore.find(placement.id, home: tools.context.home)
                guard earlier?.canBeTakenBack ?? true else { throw error }
                let takeBack = CreationTakeBack(
                    tools: tools, databaseID: placement.id, nodes: [node], plans: [restored.plan],
                    emptyBefore: emptyBefore, keepsRecord: true)
                throw await takeBack.run(after: error)
            }
            let remembered = try databases.load(placement.id).nodes[node.name]
            seen = try await CreateObserver(tools: tools, spec: placement.spec, remembered: remembered).observe(node)
        }
        let keeper = RecordKeeper(try databases.load(placement.id), home: tools.context.home)
        try await NodeCreator(
            tools: tools, spec: placement.spec, facts: seen, keeper: keeper,
            hasForeignData: node.spec.restoreConfig != nil || node.spec.sourceNode != nil
        ).run()
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
