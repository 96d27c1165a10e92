import Catalog
import Failures
import PgBackRest
import PositionedJSON
import Replication
import Spec

/// Creates a database from its spec, or goes on with one whose creation was cut short: looks at what is there and
/// does what is missing.
public struct CreateDatabase: Sendable {
    public let context: OperationContext
    public let request: CreateRequest
    private let tools: NodeTools

    public init(_ context: OperationContext, _ request: CreateRequest) {
        self.context = context
        self.request = request
        tools = NodeTools(context)
    }

    /// What it comes to. Changes nothing, and throws everything that is known to go wrong.
    public func plan() async throws -> CreatePlan {
        try await look().plan
    }

    /// Does it; `agreed` are the questions of the plan that were agreed to.
    ///
    /// Throws `not-agreed` (73) when there is now something to agree to that was not in the plan.
    public func run(agreed: [String]) async throws -> CreatePlan {
        try context.home.prepare()
        let databaseLock = try await NodeLocks.acquire(context, database: request.id)
        defer { databaseLock.release() }
        try await RestoreService(context: context).goOnWithCreation(of: request.id)
        let seen = try await look()
        let open = seen.plan.questions.filter { !agreed.contains($0) }
        guard open.isEmpty else {
            throw OperationError(
                .refused, code: "not-agreed", "this was not agreed to: \(open.joined(separator: "; "))",
                hint: "agree with --yes")
        }
        guard !seen.isComplete else { return seen.plan }
        let nodes = seen.facts.map(\.node) + seen.guests.map(\.node)
        let locks = try await NodeLocks.acquire(
            context, dataDirectories: nodes.flatMap { $0.instances.filter(\.isHere).map(\.pgdata) }, backupsOf: nodes)
        defer { locks.release() }
        let isFirst = seen.record == nil
        let first = try await accept(seen)
        let tools = tools
        let spec = request.spec
        let dropsRoles = request.dropsSourceRoles
        var facts = seen.facts
        var keeper = first
        if !seen.restored.isEmpty {
            let names = seen.restored.flatMap(\.names)
            try await restore(
                seen.restored, seen.facts.map(\.node).filter { names.contains($0.name) }, seen.placement,
                isFirst: isFirst)
            keeper = RecordKeeper(try Databases(home: context.home).load(request.id), home: context.home)
            facts = try await observeAgain(seen, keeper)
        }
        let present = keeper
        _ = try await SideBySide.run(facts, name: { $0.node.name }) { facts in
            try await NodeCreator(
                tools: tools, spec: spec, facts: facts, keeper: present, dropsSourceRoles: dropsRoles,
                hasForeignData: facts.node.spec.restoreConfig != nil
            ).run()
        }
        _ = try await SideBySide.run(seen.guests, name: { $0.node.name }) { try await $0.create(tools, present) }
        var plan = seen.plan
        if let mesh = seen.mesh { plan.waiting = try await connect(mesh) }
        try await present.update { $0.state = .ready }
        // Only now: without its marks a create that goes on would run the scripts again. Placed anew, since a server
        // that was started may listen elsewhere than its files told.
        let placement = try context.load(request.id).placement
        for facts in seen.facts where facts.node.spec.restoreConfig == nil {
            var placed = facts
            placed.node = try placement.node(facts.node.name)
            try await DatabaseMaker(tools: tools, spec: spec, facts: placed, keeper: present).forgetMarks()
        }
        return plan
    }

    /// Connects the nodes, placed anew: a server that was started may listen elsewhere than its files told.
    private func connect(_ mesh: Mesh) async throws -> [String] {
        let placement = try context.load(request.id).placement
        let waiting = try await MeshMaker(tools: tools, mesh: mesh, nodes: placement.nodes).run()
        for sentence in waiting { context.reporter.report(.warning(sentence)) }
        return waiting
    }

    /// What was seen, and what it comes to.
    private struct Look {
        var record: DatabaseRecord?
        var facts: [CreateFacts]
        var guests: [GuestReplicas]
        /// Nodes that are made from a backup, and have not been yet.
        var restored: [RestoredNodes] = []
        var placement: DatabasePlacement
        var plan: CreatePlan
        /// How the nodes are to be connected; nil when they are not.
        var mesh: Mesh?
        /// There is nothing to do.
        var isComplete: Bool
    }

    private func look() async throws -> Look {
        let record = try existingRecord()
        if let record, record.state == .ready { return try await lookAtConnections(record) }
        if let record, let look = try lookAtUnfinishedRestore(record) { return look }
        var placement = try PortChooser(kept: Self.portsOfOthers(than: request.id, home: context.home)).choose(
            DatabasePlacement(
                PlacementInputs(
                    id: request.id, spec: request.spec, record: record, home: context.home, host: context.host,
                    ownerName: context.ownerName)))
        let here = placement.nodes.filter { $0.instances.contains(where: \.isHere) }
        guard !here.isEmpty else {
            throw OperationError(
                .refused, code: "nothing-here",
                "no instance of \(request.id) lives on this host (\(context.host.hostID ?? "no host_id"))",
                hint:
                    "run the same command on the hosts \(placement.nodes.map(\.primary.hostID).joined(separator: ", "))"
            )
        }
        try await checkOptions(placement)
        try checkSecrets()
        let tools = tools
        let spec = request.spec
        var facts = try await SideBySide.run(placement.nodesHere, name: \.name) { node in
            try await CreateObserver(tools: tools, spec: spec, remembered: record?.nodes[node.name]).observe(node)
        }
        let guests = try await SideBySide.run(here.filter { !$0.primary.isHere }, name: \.name) { node in
            try await GuestReplicas.observe(
                node, CreateObserver(tools: tools, spec: spec, remembered: record?.nodes[node.name]))
        }
        let (mesh, unconnected) = try chooseMesh(placement, facts, record)
        for index in facts.indices {
            let isMember = mesh?.nodes.contains(facts[index].node.name) ?? false
            facts[index].node.mesh = isMember ? mesh : nil
        }
        for index in placement.nodes.indices {
            placement.nodes[index].mesh =
                mesh.flatMap { $0.nodes.contains(placement.nodes[index].name) ? $0 : nil }
        }
        let restored = try await restoredNodes(&facts, placement, record)
        var plan = try CreatePlanner(databaseID: request.id, spec: spec, ownerName: context.ownerName).plan(facts)
        plan.changes += guests.flatMap(\.changes)
        plan.nodes += guests.map(\.node.name)
        if let mesh { plan.changes += MeshMaker.changes(mesh, here: Set(facts.map(\.node.name))) }
        plan.warnings += SpecReader.warnings(for: spec) + elsewhere(placement) + [unconnected].compactMap { $0 }
        return Look(
            record: record, facts: facts, guests: guests, restored: restored, placement: placement, plan: plan,
            mesh: mesh, isComplete: false)
    }

    private func chooseMesh(
        _ placement: DatabasePlacement, _ facts: [CreateFacts], _ record: DatabaseRecord?
    ) throws -> (mesh: Mesh?, warning: String?) {
        let candidates = placement.nodes.map { node in
            MeshCandidate(
                name: node.name, asked: node.spec.local.replication?.provider,
                facts: facts.first { $0.node.name == node.name }?.replication)
        }
        return try MeshChooser(
            nodes: candidates, remembered: record?.replication.flatMap { ReplicationProvider(rawValue: $0) }
        ).choose()
    }

    /// Of a database that is there only the connections to other hosts may be missing, which had to wait for these.
    private func lookAtConnections(_ record: DatabaseRecord) async throws -> Look {
        var plan = CreatePlan(
            database: request.id, changes: [], files: [], questions: [], warnings: [], nodes: [])
        var found: Mesh?
        let placement = try context.load(request.id).placement
        if let provider = record.replication.flatMap({ ReplicationProvider(rawValue: $0) }) {
            let mesh = Mesh(provider: provider, of: placement.spec)
            let open = try await MeshMaker(tools: tools, mesh: mesh, nodes: placement.nodes).unconnected()
            if !open.isEmpty {
                found = mesh
                plan.nodes = open
                plan.changes = MeshMaker.changes(mesh, here: Set(open))
            }
        }
        return Look(
            record: record, facts: [], guests: [], placement: placement, plan: plan, mesh: found,
            isComplete: found == nil)
    }

    /// The record of an earlier create; throws when the id is taken by something else.
    private func existingRecord() throws -> DatabaseRecord? {
        let databases = Databases(home: context.home)
        try Names.checkDatabaseID(request.id)
        guard databases.exists(request.id) else { return nil }
        let record = try databases.load(request.id)
        switch record.state {
        case .creating: return record
        case .ready where UpdatePlanner.isSame(request.spec, try record.acceptedSpec()): return record
        case .ready:
            throw OperationError(
                .refused, code: "database-exists", "there is a database \(request.id) already, with another spec",
                hint: "to bring it to this one: pgstanza db update \(request.id) SPEC")
        case .updating, .restoring:
            throw OperationError(
                .refused, code: "database-exists",
                "there is a database \(request.id) already, and it is being "
                    + (record.state == .updating ? "updated" : "restored"),
                hint: record.state == .updating
                    ? "pgstanza db update \(request.id)" : "pgstanza restore status \(request.id)")
        }
    }

    /// Ports that the other databases of a home keep.
    static func portsOfOthers(than id: String, home: Home) throws -> Set<Int> {
        let others = try Databases(home: home).list().filter { $0.id != id }
        return Set(others.flatMap { $0.nodes.values.flatMap { $0.instances.values.map(\.port) } })
    }

    /// What there is to see of a creation whose restore was cut short: its directories cannot be judged yet.
    private func lookAtUnfinishedRestore(_ record: DatabaseRecord) throws -> Look? {
        guard let earlier = try record.unfinishedRestore(context.home) else { return nil }
        let (_, placement) = try context.load(request.id)
        let changes = earlier.plan.nodeNames.map {
            PlannedChange(node: $0, action: "resume-restore", detail: "the restore that was cut short goes on")
        }
        return Look(
            record: record, facts: [], guests: [], placement: placement,
            plan: CreatePlan(
                database: request.id, changes: changes, files: [], questions: [], warnings: [],
                nodes: earlier.plan.nodeNames),
            isComplete: false)
    }

    /// Nodes that were restored have servers now.
    private func observeAgain(_ seen: Look, _ keeper: RecordKeeper) async throws -> [CreateFacts] {
        let names = seen.restored.flatMap(\.names)
        let record = await keeper.record
        let tools = tools
        let spec = request.spec
        return try await SideBySide.run(seen.facts, name: { $0.node.name }) { facts in
            guard names.contains(facts.node.name) else { return facts }
            return try await CreateObserver(tools: tools, spec: spec, remembered: record.nodes[facts.node.name])
                .observe(facts.node)
        }
    }

    /// Options that the installed pgBackRest does not know, by name.
    private func checkOptions(_ placement: DatabasePlacement) async throws {
        guard let node = placement.nodesHere.first(where: { $0.spec.backupConfig != nil }) else { return }
        let backrest = tools.backrest(node)
        var known: [String: Set<String>] = [:]
        for command in ["backup", "restore", "archive-push", "archive-get"] {
            known[command] = try await backrest.optionNames(for: command)
        }
        let problems = OptionCheck.problems(in: request.spec, known: known)
        guard problems.isEmpty else { throw UnknownOptions(options: problems) }
    }

    private func checkSecrets() throws {
        for user in request.spec.users {
            _ = try user.password?.resolve(describedAs: "the password of user \(user.username)")
        }
    }

    private func elsewhere(_ placement: DatabasePlacement) -> [String] {
        let hosts = Set(placement.nodes.flatMap { $0.instances.filter { !$0.isHere }.map(\.hostID) }).sorted()
        guard !hosts.isEmpty else { return [] }
        return ["run the same command on \(hosts.joined(separator: ", ")) for what lives there"]
    }

    /// Makes the spec the accepted one, with every place that was chosen, before anything is made there.
    private func accept(_ seen: Look) async throws -> RecordKeeper {
        var record =
            seen.record ?? DatabaseRecord(id: request.id, acceptedAt: context.now(), spec: request.document)
        record.spec = request.document
        // A creation whose restore goes on was decided about when it began.
        if !seen.facts.isEmpty || seen.mesh != nil { record.replication = seen.mesh?.provider.rawValue }
        let adopted = Set(seen.facts.filter(\.isAdopted).map(\.node.name))
        for node in seen.facts.map(\.node) + seen.guests.map(\.node) {
            var known = record.nodes[node.name] ?? NodeRecord(adopted: adopted.contains(node.name))
            try known.remember(node, tools)
            record.nodes[node.name] = known
        }
        let keeper = RecordKeeper(record, home: context.home)
        try Databases(home: context.home).save(record)
        return keeper
    }
}
