import Catalog
import Failures
import Scheduling
import TargetTime

/// Something that gives a run a task of its own: its record, its log, and a context whose events go there.
public protocol RunTasks: Sendable {
    func run<Value: Sendable>(
        _ database: String, node: String, _ body: @Sendable (OperationContext, _ task: String) async throws -> Value
    ) async throws -> Value
}

/// Runs what is due on this host: nodes side by side, each run a task of its own.
public struct RunDue: Sendable {
    public let context: OperationContext
    public let tasks: any RunTasks
    /// So many runs may be going on this host at a time, those of other processes included.
    public let limit: Int
    /// Seconds between two looks while something runs or is waited for.
    private static let interval = 5.0

    public init(_ context: OperationContext, tasks: any RunTasks, limit: Int) {
        self.context = context
        self.tasks = tasks
        self.limit = limit
    }

    /// Which nodes are looked at.
    public struct Choice: Sendable, Equatable {
        /// nil means every database.
        public var database: String?
        /// Empty means every node.
        public var nodes: [String]

        public init(database: String? = nil, nodes: [String] = []) {
            self.database = database
            self.nodes = nodes
        }
    }

    /// What one round came to.
    public struct Outcome: Sendable {
        public var taken: [(database: String, backup: TakenBackup)] = []
        /// What to end with: failures first, then nodes whose backups are off.
        public var failures: [(name: String, error: any Error)] = []

        public var failure: (any Error)? { SideBySide.combined(failures) }
    }

    /// What would be run now. Changes nothing.
    public func plan(_ choice: Choice) throws -> [(node: ScheduledNode, work: DueWork)] {
        let book = ScheduleBook(home: context.home)
        let found = try candidates(choice, remembers: false)
        if let problem = found.problems.first { throw problem.error }
        return try found.nodes.compactMap { node in
            var ledger = node.ledger(try book.load(node.database))
            let found = ledger.look(at: context.now(), isOn: node.backups == .on, isAlive: \.isAlive)
            if case .work(let work) = found { return (node, work) }
            return nil
        }
    }

    /// Runs what is due until nothing is any more; `forever`, until the task is cancelled.
    ///
    /// While something runs it looks again and again, so that a node whose turn comes meanwhile does not wait.
    /// `report` is called with every backup and every failure as it comes.
    public func run(
        _ choice: Choice, forever: Bool = false, report: @escaping @Sendable (Outcome) -> Void = { _ in }
    ) async throws -> Outcome {
        var whole = Outcome()
        func add(_ outcome: Outcome) {
            report(outcome)
            // A process that never ends must not remember everything.
            guard !forever else { return }
            whole.taken += outcome.taken
            whole.failures += outcome.failures
        }
        try await withThrowingTaskGroup(of: Outcome?.self) { group in
            var running = 0
            var isTicking = false
            // A database whose documents cannot be read keeps no other from being backed up, and is named once.
            var named: Set<String> = []
            while true {
                var isWaiting = false
                if !Task.isCancelled {
                    do {
                        let found = try candidates(choice)
                        let news = found.problems.filter { named.insert("\($0.name): \($0.error)").inserted }
                        if !news.isEmpty { add(Outcome(failures: news)) }
                        for node in found.nodes {
                            switch try start(node) {
                            case .nothing: continue
                            case .full: isWaiting = true
                            case .told(let outcome): add(outcome)
                            case .work(let work):
                                running += 1
                                group.addTask { await perform(node, work) }
                            }
                        }
                    } catch {
                        // A process that is meant to go on goes on: what is wrong now may be mended.
                        guard forever || running > 0 else { throw error }
                        add(Outcome(failures: [("schedules", error)]))
                    }
                }
                // Without runs of its own, a look at everything leaves the rest to those that are at work.
                let stays = running > 0 || (!Task.isCancelled && (forever || (isWaiting && choice.database != nil)))
                guard stays else { break }
                if !isTicking {
                    isTicking = true
                    let pause = running > 0 || isWaiting ? Self.interval : untilNextMinute()
                    group.addTask {
                        try? await Task.sleep(for: .seconds(pause))
                        return nil
                    }
                }
                if let outcome = try await group.next() {
                    if let outcome {
                        running -= 1
                        add(outcome)
                    } else {
                        isTicking = false
                    }
                }
            }
            group.cancelAll()
        }
        return whole
    }

    private enum Start {
        case nothing
        case full
        case told(Outcome)
        case work(DueWork)
    }

    private func start(_ node: ScheduledNode) throws -> Start {
        switch try ScheduleDesk(context: context).claim(node, limit: limit) {
        case .nothing: return .nothing
        case .full: return .full
        case .work(let work): return .work(work)
        case .off(let tell):
            guard tell else { return .nothing }
            ScheduleStatus(context: context).write(node.database)
            let error = OperationError(
                .refused, code: "backups-off",
                "backups of \(node.node) of \(node.database) are off since it was restored: its schedules do not run",
                hint: "turn them on again: pgstanza db update \(node.database)")
            return .told(Outcome(failures: [(node.name, error)]))
        }
    }

    private func perform(_ node: ScheduledNode, _ work: DueWork) async -> Outcome {
        do {
            let taken = try await tasks.run(node.database, node: node.node) { context, task in
                let backups = TakeBackups(context)
                let order = BackupOrder(nodes: [node.node], schedule: work.schedule)
                do {
                    let outcome = await backups.run(
                        try await backups.plan(node.database, order), task: task, claim: work)
                    if let failure = outcome.failure { throw failure }
                    return outcome.taken
                } catch {
                    // What ended before the run itself began leaves its claim behind; ending it twice does nothing.
                    try? ScheduleDesk(context: context).end(
                        node, work, as: ScheduleDesk.end(for: error), task: task)
                    throw error
                }
            }
            return Outcome(taken: taken.map { (node.database, $0) })
        } catch {
            return Outcome(failures: [(node.name, error)])
        }
    }

    /// Nodes with something to look at; reads the documents of the home only, and of a database that is known to have
    /// nothing due not even those.
    private func candidates(
        _ choice: Choice, remembers: Bool = true
    ) throws -> (nodes: [ScheduledNode], problems: [(name: String, error: any Error)]) {
        let desk = ScheduleDesk(context: context)
        let book = ScheduleBook(home: context.home)
        let known = try choice.database.map { [$0] } ?? Databases(home: context.home).ids()
        var times = DueTimes(home: context.home)
        var found: [ScheduledNode] = []
        var problems: [(name: String, error: any Error)] = []
        for database in known {
            let stamp = times.stamp(database)
            let now = context.now()
            if times.isQuiet(database, stamp: stamp, at: now) { continue }
            do {
                let nodes = try context.scheduledNodes(of: database)
                let remembered = try book.load(database)
                let looks = nodes.map { (node: $0, at: desk.nextLook($0, remembered)) }
                let due = looks.filter { look in look.at.map { $0 <= now } ?? false }.map(\.node)
                if due.isEmpty { times.note(database, stamp: stamp, next: looks.compactMap(\.at).min(), at: now) }
                found += due.filter { choice.nodes.isEmpty || choice.nodes.contains($0.node) }
            } catch {
                problems.append((database, error))
            }
        }
        if remembers, choice.database == nil { times.save(known: known) }
        return (found, problems)
    }

    private func untilNextMinute() -> Double {
        let inMinute = Double(context.now().microseconds % 60_000_000) / 1_000_000
        return max(0.1, 60 - inMinute)
    }
}
