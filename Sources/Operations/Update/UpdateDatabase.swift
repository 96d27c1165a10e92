import Catalog
import Failures
import PositionedJSON
import Replication
import Spec
import TargetTime

/// Brings a database from its present spec to another one, or makes what runs agree with the accepted one again.
///
/// The new spec is accepted before anything is changed, and the old one kept beside it until all is done: an update that
/// was cut short goes on when it is run again, since every difference is looked for anew and what is done is left alone.
public struct UpdateDatabase: Sendable {
    public let context: OperationContext
    public let id: String
    /// nil means the accepted spec.
    public let request: UpdateRequest?
    /// Backups that were off go on in the repositories from before, where that is sound.
    public let keepsRepository: Bool
    /// A repository of another cluster is upgraded to this one.
    public let upgradesStanza: Bool
    let tools: NodeTools

    public init(
        _ context: OperationContext, _ id: String, _ request: UpdateRequest? = nil, keepsRepository: Bool = false,
        upgradesStanza: Bool = false
    ) {
        self.context = context
        self.id = id
        self.request = request
        self.keepsRepository = keepsRepository
        self.upgradesStanza = upgradesStanza
        tools = NodeTools(context)
    }

    /// What would be done, in order; empty when everything agrees. Changes nothing, and throws what is known to go
    /// wrong.
    public func plan() async throws -> UpdatePlan {
        if let plan = try unfinishedAddition() { return plan }
        let places = try self.places()
        return merged(try await look(places), try self.pending())
    }

    /// Does it; `agreed` are the questions of the plan that were agreed to.
    ///
    /// Throws `restore-unfinished` (73) while a restore of the database is, `not-agreed` (73) when there is now something
    /// to agree to that was not in the plan, `server-down` (69) when a server that has to be changed does not run.
    public func run(agreed: [String]) async throws -> UpdatePlan {
        try await goOnWithRestore()
        let locks = try await acquireLocks(try self.places())
        defer { locks.release() }
        let places = try self.places()
        let looks = try await look(places)
        let pending = try self.pending()
        let plan = merged(looks, pending)
        let open = plan.questions.filter { !agreed.contains($0) }
        guard open.isEmpty else {
            throw OperationError(
                .refused, code: "not-agreed", "this was not agreed to: \(open.joined(separator: "; "))",
                hint: "agree with --yes")
        }
        guard !plan.isNothing else {
            // The last thing that an update does, cut short.
            if places.record.state == .updating { try finish() }
            return plan
        }
        for seen in looks { try requireServing(seen, places) }
        for seen in looks { try await probe(seen, places) }
        try await pending?.complete()
        try accept(looks, places)
        await PausePoint.reach("update.accepted")
        for (index, seen) in looks.enumerated() {
            // What an earlier one has changed is seen anew.
            let now = index == 0 ? seen : try await look(seen.present, places)
            for update in updates(now, places) { try await update.run() }
            try await add(now.additions, present: Set(now.present.nodes.map(\.name)), places)
            for node in now.present.nodes where now.plan.has(node.name, .removeNode) {
                try await now.leaving[node.name]?.run()
                try await NodeRemoval(tools: tools, node: node).run()
            }
        }
        try finish()
        return plan
    }

    /// One after the other: each is a node like the others when the next one joins.
    private func add(_ additions: [NodeAddition], present: Set<String>, _ places: Places) async throws {
        var present = present
        for (index, addition) in additions.enumerated() {
            var addition = addition
            if index > 0 {
                let record = try Databases(home: context.home).load(id)
                addition = try await NodeAddition.observe(
                    addition.node, places.wanted, record, present: present, tools)
            }
            try await addition.run(places.wanted, tools)
            present.insert(addition.node.name)
        }
    }

    /// The specs that are compared.
    private struct Places: Sendable {
        var record: DatabaseRecord
        /// As the spec in force places the nodes; more than one after updates that were cut short, oldest first.
        var present: [DatabasePlacement]
        var wanted: DatabasePlacement
    }

    /// What was seen, and what it comes to, going from one spec.
    private struct Look {
        var present: DatabasePlacement
        var facts: [String: UpdateFacts]
        var additions: [NodeAddition]
        var leaving: [String: LeavingNode]
        var plan: UpdatePlan
    }

    private func places() throws -> Places {
        let record = try Databases(home: context.home).load(id)
        guard record.state != .creating else {
            throw OperationError(
                .refused, code: "not-created", "the creation of \(id) has not ended well yet",
                hint: "go on with it first: pgstanza db create SPEC --id \(id)")
        }
        try EarlierRestore.requireNoneUnfinished(id, home: context.home)
        let accepted = try record.acceptedSpec()
        let wantedSpec = request?.spec ?? accepted
        var presentSpecs = try (record.updatingFrom ?? []).map { try record.specBefore($0) }
        if presentSpecs.isEmpty || !UpdatePlanner.isSame(wantedSpec, accepted) { presentSpecs.append(accepted) }
        func place(_ spec: DatabaseSpec) throws -> DatabasePlacement {
            try DatabasePlacement(
                PlacementInputs(
                    id: id, spec: spec, record: record, home: context.home, host: context.host,
                    ownerName: context.ownerName))
        }
        try checkSecrets(wantedSpec)
        let wanted = try PortChooser(kept: CreateDatabase.portsOfOthers(than: id, home: context.home))
            .choose(try place(wantedSpec))
        return Places(record: record, present: try presentSpecs.map(place), wanted: wanted)
    }

    private func acquireLocks(_ places: Places) async throws -> NodeLocks {
        let nodes = (places.present + [places.wanted]).flatMap(\.nodes).filter {
            $0.instances.contains(where: \.isHere)
        }
        let directories = Set(nodes.flatMap { $0.instances.filter(\.isHere).map(\.pgdata) }).sorted()
        var names: Set<String> = []
        return try await NodeLocks.acquire(
            context, database: id, dataDirectories: directories,
            backupsOf: nodes.filter { $0.primary.isHere && names.insert($0.name).inserted })
    }

    private func look(_ places: Places) async throws -> [Look] {
        var looks: [Look] = []
        for present in places.present { looks.append(try await look(present, places)) }
        return looks
    }

    private func look(_ present: DatabasePlacement, _ places: Places) async throws -> Look {
        let observer = UpdateObserver(
            tools: self.tools, record: places.record, keepsRepository: keepsRepository,
            upgradesStanza: upgradesStanza)
        let common = places.wanted.nodes.compactMap { node in
            present.nodes.first { $0.name == node.name }.map { (before: $0, node: node) }
        }.filter { $0.node.instances.contains(where: \.isHere) }
        let seen = try await SideBySide.run(common, name: { $0.node.name }) { pair in
            (pair.node.name, try await observer.observe(pair.before, pair.node))
        }
        var facts = Dictionary(uniqueKeysWithValues: seen)
        for node in present.nodes where facts[node.name] == nil {
            let own = places.record.nodes[node.name]
            var seen = UpdateFacts(isAdopted: own?.adopted ?? false)
            seen.isMade = own?.systemIdentifier != nil
            facts[node.name] = seen
        }
        let tools = tools
        let new = places.wanted.nodesHere.filter { node in !present.nodes.contains { $0.name == node.name } }
        let gone = present.nodesHere.filter { node in !places.wanted.nodes.contains { $0.name == node.name } }
        var leaving: [String: LeavingNode] = [:]
        for node in gone where places.record.nodes[node.name] != nil {
            leaving[node.name] = try await LeavingNode(node, present, tools)
        }
        // Of several that join some may be there by now.
        let names = Set(present.nodes.map(\.name)).union(
            new.map(\.name).filter { places.record.nodes[$0]?.systemIdentifier != nil })
        let additions = try await SideBySide.run(new, name: \.name) { node in
            try await NodeAddition.observe(node, places.wanted, places.record, present: names, tools)
        }
        let plan = try UpdatePlanner(
            present: present, wanted: places.wanted, facts: facts,
            additions: Dictionary(uniqueKeysWithValues: additions.map { ($0.node.name, $0) }),
            leaving: leaving,
            ownerName: context.ownerName, keepsRepository: keepsRepository, upgradesStanza: upgradesStanza
        ).plan()
        return Look(present: present, facts: facts, additions: additions, leaving: leaving, plan: plan)
    }

    /// What the last restore left undone of the nodes' subscriptions; nil when nothing.
    private func pending() throws -> PendingSubscriptions? {
        try PendingSubscriptions(context, try context.load(id).placement)
    }

    /// What all of them come to, each thing once.
    private func merged(_ looks: [Look], _ pending: PendingSubscriptions?) -> UpdatePlan {
        var plan = looks[0].plan
        plan.steps.insert(
            contentsOf: (pending?.changes ?? []).map {
                UpdateChange(node: $0.node, kind: .subscription, subject: $0.detail, detail: $0.detail)
            }, at: 0)
        for other in looks.dropFirst().map(\.plan) {
            plan.steps += other.steps.filter { step in
                !plan.steps.contains { ($0.node, $0.kind, $0.subject) == (step.node, step.kind, step.subject) }
            }
            plan.questions += other.questions.filter { !plan.questions.contains($0) }
            plan.warnings += other.warnings.filter { !plan.warnings.contains($0) }
            plan.files += other.files.filter { !plan.files.contains($0) }
        }
        return plan
    }

    private func updates(_ seen: Look, _ places: Places) -> [NodeUpdate] {
        places.wanted.nodes.compactMap { node in
            guard let before = seen.present.nodes.first(where: { $0.name == node.name }),
                let facts = seen.facts[node.name], !seen.plan.steps(on: node.name).isEmpty
            else { return nil }
            return NodeUpdate(
                tools: tools, plan: seen.plan, before: before, node: node, facts: facts, present: seen.present.spec,
                wanted: places.wanted.spec, keepsRepository: keepsRepository)
        }
    }

    /// A configuration that a server would not take is found while the old spec is still the accepted one.
    private func probe(_ seen: Look, _ places: Places) async throws {
        for update in updates(seen, places) where update.node.primary.isHere {
            try await SettingsUpdate(update: update).probe()
        }
    }

    private func checkSecrets(_ spec: DatabaseSpec) throws {
        for user in spec.users {
            _ = try user.password?.resolve(describedAs: "the password of user \(user.username)")
        }
    }

    private func requireServing(_ seen: Look, _ places: Places) throws {
        for node in places.wanted.nodes where node.primary.isHere && seen.facts[node.name]?.isRunning == false {
            guard seen.plan.steps(on: node.name).contains(where: \.kind.needsServer) else { continue }
            throw OperationError(
                .unavailable, code: "server-down", "the server of \(node.name) does not run",
                hint: "pgstanza db start \(id) \(node.name)")
        }
    }

    /// Makes the wanted spec the accepted one, with every place that was chosen, before anything is changed.
    private func accept(_ looks: [Look], _ places: Places) throws {
        try tools.changeRecord(id) { record in
            if let request, record.spec != request.document {
                record.updatingFrom = (record.updatingFrom ?? []) + [record.spec]
                record.spec = request.document
                record.revision += 1
                record.acceptedAt = context.now()
                record.state = .updating
            }
            for addition in looks.flatMap(\.additions) {
                record.nodes[addition.node.name] = try addition.record(record.nodes[addition.node.name], tools)
            }
            for node in places.wanted.nodes {
                guard var own = record.nodes[node.name] else { continue }
                for replica in node.replicas where replica.isHere && own.instances[replica.hostID] == nil {
                    own.instances[replica.hostID] = InstanceRecord(
                        pgdata: replica.pgdata, port: replica.port, socketDir: replica.socketDir,
                        binDir: try tools.programs(for: replica, of: node).binDir, role: .replica)
                }
                for seen in looks where seen.plan.has(node.name, .backupsOn) && own.isOpeningBook != true {
                    let before = seen.present.nodes.first { $0.name == node.name }
                    openBook(&own, before, node, isUpgrade: seen.plan.has(node.name, .upgradeStanza))
                }
                record.nodes[node.name] = own
            }
        }
    }

    /// Backups go to repositories that the spec itself names anew: those from before are remembered with the record.
    private func openBook(
        _ own: inout NodeRecord, _ before: NodePlacement?, _ node: NodePlacement, isUpgrade: Bool
    ) {
        let old = before?.spec.backupConfig?.repositories ?? []
        let new = node.spec.backupConfig?.repositories ?? []
        switch own.backups {
        case .off where RepositoryDifference(old, new).added.count == new.count:
            own.remember(old, until: context.now(), note: "before a restore")
            own.isOpeningBook = true
        case .off where isUpgrade: own.isOpeningBook = true
        case .none where !keepsRepository: own.isOpeningBook = true
        default: break
        }
    }

    private func finish() throws {
        try tools.changeRecord(id) { record in
            record.updatingFrom = nil
            record.state = .ready
        }
    }
}

extension DatabaseRecord {
    /// A spec that the record keeps, as a value.
    func specBefore(_ tree: JSONTree) throws -> DatabaseSpec {
        try SpecReader.readDatabase(Array(tree.text(pretty: false).utf8), file: "the former spec of \(id)")
    }
}

extension NodeRecord {
    /// Notes repositories that the node no longer writes, each place once.
    mutating func remember(_ repositories: [Repository], until: Instant, note: String) {
        for repository in repositories {
            let isKnown = previousRepositories.contains { past in
                (try? NodeRepositories.read(past.repository)).map { RepositoryDifference.isSame($0, repository) }
                    ?? false
            }
            if !isKnown {
                previousRepositories.append(PastRepository(repository: repository.tree, until: until, note: note))
            }
        }
    }
}
