import Catalog
import Failures
import Spec
import TargetTime

/// The in-place restore as commands use it: plan, apply, resume, abort, status.
public struct RestoreService: Sendable {
    public var context: OperationContext
    private let tools: NodeTools

    public init(context: OperationContext) {
        self.context = context
        tools = NodeTools(context)
    }

    /// Looks at everything and plans; changes nothing. The plan carries its refusals and the consents that it needs.
    public func plan(_ id: String, request: RestoreRequest, flags: RestoreFlags) async throws -> RestorePlan {
        let (record, placement) = try context.load(id)
        let order = try RestoreOrderResolver(
            placement: placement, record: record, request: request, flags: flags, now: context.now()
        ).order()
        let repository = flags.merged(over: request).restoreConfig?.repository
        return try await plan(order, record, placement, requestRepository: repository)
    }

    /// Plans the way back to the moment before the last restore, from the points that were recorded then.
    ///
    /// Throws `nothing-to-undo` (66) when there was none, and `no-way-back` or `book-missing` (73) for a node that it
    /// left without a way back.
    public func planUndo(_ id: String, flags: RestoreFlags) async throws -> RestorePlan {
        let (record, placement) = try context.load(id)
        let restore = try EarlierRestore.toUndo(id, home: context.home)
        // One that is unfinished and touched no file is backed out of instead.
        try restore.requireReplaceable(by: flags.targetNodes.isEmpty ? restore.journal.nodes : flags.targetNodes)
        let settled = SettledLinks(restore: restore, access: PeerAccess(tools: tools, placement: placement))
        let order = try UndoOrderResolver(
            placement: placement, record: record, restore: restore, flags: flags, settled: settled.bySubscriber()
        ).order()
        return try await plan(order, record, placement, requestRepository: nil)
    }

    /// `configurations` and `joins` are of nodes that are not there yet: the files that they will begin with, and what
    /// they will have of replication.
    func plan(
        _ order: RestoreOrder, _ record: DatabaseRecord, _ placement: DatabasePlacement,
        requestRepository: Repository?, configurations: [String: SavedConfiguration] = [:],
        joins: [String: NodeReplication] = [:]
    ) async throws -> RestorePlan {
        let earlier = try EarlierRestore.find(order.databaseID, home: context.home)
        try earlier?.requireReplaceable(by: order.nodes.map(\.node))
        let books = BookLocator(placement: placement, record: record, request: requestRepository)
        let observer = RestoreObserver(
            context: context, tools: tools, books: books, configurations: configurations, joins: joins)
        let observation = try await observer.observe(order: order, placement: placement, record: record)
        let preflight = Preflight.judge(order: order, observation: observation, now: context.now())
        return try RestorePlanner(
            order: order, placement: placement, observation: observation, preflight: preflight
        ).plan()
    }

    /// Throws what the plan's refusals say, and every consent that is needed and was not given (73).
    public static func requireNoObjection(_ plan: RestorePlan) throws {
        if let refusal = RestoreRefused(checks: plan.checks, consents: plan.order.consents) { throw refusal }
    }

    /// Runs exactly `plan`, after looking again under locks.
    ///
    /// Throws `plan-stale` (73) when something moved since it was made, and what the steps throw; the restore's own
    /// directory then says where it stands.
    public func apply(_ plan: RestorePlan, requestRepository: Repository?, task: String?) async throws -> RestoreReport
    {
        try Self.requireNoObjection(plan)
        let locks = try await locks(for: plan)
        defer { locks.release() }
        let (record, placement) = try context.load(plan.order.databaseID)
        context.reporter.report(.phase(node: nil, text: "checking the plan"))
        let fresh = try await self.plan(plan.order, record, placement, requestRepository: requestRepository)
        // What nothing can be restored from any more is said by the checks, and not by all that is missing with it.
        if fresh.sources.count < plan.sources.count { try Self.requireNoObjection(fresh) }
        let moved = plan.basis.differences(from: fresh.basis)
        guard moved.isEmpty else {
            throw OperationError(
                .refused, code: "plan-stale", "what the plan rests on has moved: \(moved.joined(separator: "; "))",
                hint: "make a new plan: pgstanza restore \(plan.order.databaseID) --plan")
        }
        try Self.requireNoObjection(fresh)
        let run: RestoreRun
        do {
            try await hooks(plan, placement).before()
            run = try await begin(plan, placement, record, requestRepository: requestRepository, task: task)
        } catch {
            await hooks(plan, placement).failed(error)
            throw error
        }
        return try await drive(run)
    }

    /// Throws `nothing-under-way` (66) unless the newest restore can be resumed, or aborted.
    public func requireUnderWay(_ id: String, toBe verb: String) throws {
        _ = try context.load(id)
        _ = try EarlierRestore.require(id, home: context.home, toBe: verb)
    }

    /// Goes on with the newest restore of the database, from where it really stands.
    public func resume(_ id: String, task: String?) async throws -> RestoreReport {
        let locks = try await locks(for: try EarlierRestore.require(id, home: context.home, toBe: "resumed").plan)
        defer { locks.release() }
        // Read again: who held the locks until now may have gone on with it, and even ended it.
        let earlier = try EarlierRestore.require(id, home: context.home, toBe: "resumed")
        let (_, placement) = try context.load(id)
        try await endOrphans(of: earlier.plan, placement)
        let run = run(of: earlier, placement)
        try await run.journal.takeOver(task: task)
        return try await drive(run)
    }

    /// Backs out of the newest restore of the database, as long as no file of it was touched.
    public func abort(_ id: String, task: String?) async throws -> RestoreReport {
        let locks = try await locks(for: try EarlierRestore.require(id, home: context.home, toBe: "aborted").plan)
        defer { locks.release() }
        let earlier = try EarlierRestore.require(id, home: context.home, toBe: "aborted")
        try earlier.requireUntouched()
        let (_, placement) = try context.load(id)
        try await endOrphans(of: earlier.plan, placement)
        let run = run(of: earlier, placement)
        try await run.journal.takeOver(task: task)
        try await RestoreAbort(run: run).backOut()
        try await run.journal.finish(.aborted)
        // Last: a restore that goes on after an abort that was cut short needs it.
        for name in run.plan.nodeNames { try run.tools.removeRestoreConfiguration(try placement.node(name)) }
        await context.schedulesChanged(id)
        return RestoreReport(await run.journal.journal, plan: run.plan)
    }

    /// Where the newest restore of the database stands; throws `no-restore` (66) when there never was one.
    public func status(_ id: String) async throws -> RestoreReport {
        let (_, placement) = try context.load(id)
        guard let earlier = try EarlierRestore.find(id, home: context.home) else {
            throw OperationError(
                .notFound, code: "no-restore", "database \(id) was never restored in place",
                hint: "see what could be restored: pgstanza backups \(id)")
        }
        var journal = earlier.journal
        if journal.state == .running, try !earlier.isAtWork(context.home) { journal.state = .interrupted }
        var report = RestoreReport(journal, plan: earlier.plan)
        let observer = StandingObserver(tools: tools)
        for name in journal.nodes {
            guard let node = placement.nodes.first(where: { $0.name == name }), node.primary.isHere else { continue }
            report.observed.append(await observer.observe(node, journal.facts[name] ?? NodeRestoreFacts()))
        }
        return report
    }

    func drive(_ run: RestoreRun) async throws -> RestoreReport {
        let hooks = hooks(run.plan, run.placement)
        do {
            try await keepInheritedConfiguration(run)
            try await RestoreEngine(run: run).drive()
        } catch {
            await hooks.failed(error, restore: run.id)
            throw error
        }
        // Backups may be on again.
        await context.schedulesChanged(run.plan.order.databaseID)
        try await hooks.after(run.id)
        return RestoreReport(await run.journal.journal, plan: run.plan)
    }

    private func hooks(_ plan: RestorePlan, _ placement: DatabasePlacement) -> RestoreHooks {
        RestoreHooks(tools: tools, placement: placement, plan: plan)
    }

    /// Copies what an earlier restore had saved of the nodes, so that its directory is no longer needed.
    private func keepInheritedConfiguration(_ run: RestoreRun) async throws {
        for name in run.plan.nodeNames {
            let own = run.savedConfigurationDirectory(try run.node(name))
            guard let saved = await run.journal.facts(name).savedConfiguration, saved != own else { continue }
            try Directories.create(Directories.parent(of: own))
            try SavedConfiguration.read(from: saved).write(to: own)
            try await run.journal.note(name) { $0.savedConfiguration = own }
        }
        for name in run.plan.nodeNames {
            let own = RestoreReplication.file(run, name)
            guard let path = await run.journal.facts(name).inventory, path != own.path else { continue }
            let earlier = InventoryFile(path: path)
            if earlier.exists { try own.write(try earlier.read()) }
            try await run.journal.note(name) { $0.inventory = own.path }
        }
    }

    /// Makes the restore's directory: plan, journal, and the configuration that pgBackRest will read; `joins` are the
    /// inventories of nodes that are not there yet.
    func begin(
        _ plan: RestorePlan, _ placement: DatabasePlacement, _ record: DatabaseRecord,
        requestRepository: Repository?, task: String?, joins: [String: NodeReplication] = [:]
    ) async throws -> RestoreRun {
        let id = plan.order.databaseID
        let earlier = try EarlierRestore.find(id, home: context.home)
        let restore = try Restores(home: context.home, database: id).create(now: context.now())
        let directory = context.home.restoreDir(id, restore: restore)
        try SealedDocument.write(plan, to: "\(directory)/plan.json")
        var journal = RestoreJournal(id: restore, plan: plan, at: context.now(), task: task)
        if let earlier {
            try await endOrphans(of: earlier.plan, placement)
            try inherit(from: earlier, &journal)
        }
        let store = JournalStore(journal, path: "\(directory)/journal.json", now: context.now)
        let books = BookLocator(placement: placement, record: record, request: requestRepository)
        for source in plan.sources where plan.order.copiesRunning != true {
            let node = try placement.node(source.node)
            try await tools.writeRestoreConfiguration(node, book: try books.locate(source.book))
        }
        let run = RestoreRun(
            context: context, placement: placement, plan: plan, journal: store, directory: directory, tools: tools)
        for (name, replication) in joins { try await noteInventory(replication, of: name, run) }
        // Last, so that a restore that stands in the directory is one that can be resumed.
        try await store.save()
        return run
    }

    private func noteInventory(_ replication: NodeReplication, of name: String, _ run: RestoreRun) async throws {
        let file = RestoreReplication.file(run, name)
        try file.write(replication)
        try await run.journal.note(name) { $0.inventory = file.path }
    }

    /// A node that an unfinished restore left behind is not itself: what was saved of it then is what counts.
    private func inherit(from earlier: EarlierRestore, _ journal: inout RestoreJournal) throws {
        guard ![.done, .aborted].contains(earlier.journal.state) else { return }
        for node in journal.nodes {
            guard let facts = earlier.journal.facts[node], facts.savedConfiguration != nil else { continue }
            journal.facts[node] = facts.inherited(filesTouched: earlier.journal.filesTouched)
        }
        try earlier.markSuperseded(now: context.now())
    }

    /// Programs that a killed run left behind still write into the directories that are worked on next.
    func endOrphans(of plan: RestorePlan, _ placement: DatabasePlacement) async throws {
        for name in plan.nodeNames { try await RestoreOrphans(node: try placement.node(name)).end(context.reporter) }
    }

    func run(of earlier: EarlierRestore, _ placement: DatabasePlacement) -> RestoreRun {
        RestoreRun(
            context: context, placement: placement, plan: earlier.plan,
            journal: JournalStore(earlier.journal, path: "\(earlier.directory)/journal.json", now: context.now),
            directory: earlier.directory, tools: tools)
    }

    /// The database, every target node and its data directory, and the nodes that are restored from, so that no backup
    /// of theirs expires meanwhile.
    private func locks(for plan: RestorePlan) async throws -> NodeLocks {
        let (_, placement) = try context.load(plan.order.databaseID)
        let targets = Set(plan.nodeNames)
        let sources = Set(plan.sources.filter { $0.book.databaseID == plan.order.databaseID }.map(\.book.node))
        return try await NodeLocks.acquire(
            context, database: plan.order.databaseID,
            dataDirectories: placement.nodes.filter { targets.contains($0.name) }.map(\.primary.pgdata),
            backupsOf: placement.nodes.filter { targets.union(sources).contains($0.name) })
    }
}
