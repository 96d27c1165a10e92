import Catalog
import Failures
import Scheduling
import TargetTime

/// Where runs of schedules are asked for and handed in: reads and writes `schedules.json`, one process at a time.
struct ScheduleDesk: Sendable {
    let context: OperationContext

    private var book: ScheduleBook { ScheduleBook(home: context.home) }

    /// What a claim of the next due run of a node came to.
    enum Answer: Equatable {
        case nothing
        case work(DueWork)
        /// As many runs are going on this host as may.
        case full
        case off(tell: Bool)
    }

    /// From when on there is something to look at more closely, a time that has passed when there is now; nil when
    /// there never will be. Changes nothing.
    func nextLook(_ node: ScheduledNode, _ remembered: ScheduleBook.Nodes) -> Instant? {
        guard node.backups != .none else { return nil }
        let ledger = node.ledger(remembered)
        let now = context.now()
        if ledger.isAhead(of: now) { return .first }
        if let oldest = ledger.due(at: now).values.map(\.oldest).min() { return oldest }
        let next = ledger.next(after: now)
        // What was told once is told again every day, due or not.
        guard node.backups == .off, let told = ledger.node.toldOffAt else { return next }
        let again = told.adding(seconds: ScheduleLedger.tellingInterval)
        return next.map { min($0, again) } ?? again
    }

    /// Takes what is due on a node, when nobody else has and fewer than `limit` runs are going on this host.
    func claim(_ node: ScheduledNode, limit: Int) throws -> Answer {
        // A backup or a restore is at work there; what is due stays so until it has ended.
        let subject = LockSubject.node(database: node.database, node: node.node)
        if let holder = FileLock.holder(of: subject, in: context.home), holder.process.isAlive { return .nothing }
        return try book.whileClaiming {
            guard try node.backups == .off || runs() < limit else { return .full }
            return try update(node) { ledger in
                let now = context.now()
                switch ledger.look(at: now, isOn: node.backups == .on, isAlive: \.isAlive) {
                case .nothing, .running: return .nothing
                case .off(let tell): return .off(tell: tell)
                case .work(let work):
                    ledger.begin(work, at: now, by: .current)
                    return .work(work)
                }
            }
        }
    }

    /// Takes the run of one schedule by name, when it is not superseded, done or under way.
    func claim(_ node: ScheduledNode, schedule: String) throws -> NamedLook? {
        try update(node) { ledger in
            let now = context.now()
            let found = ledger.look(for: schedule, at: now, isAlive: \.isAlive)
            if case .work(let work)? = found { ledger.begin(work, at: now, by: .current) }
            return found
        }
    }

    /// Remembers since when each schedule counts.
    func takeNote(of node: ScheduledNode) throws {
        try update(node) { _ in }
    }

    /// Accounts for what passes while the node's backups are off; whoever asked is told by an error.
    func passOff(_ node: ScheduledNode) throws {
        try update(node) { _ = $0.look(at: context.now(), isOn: false, isAlive: \.isAlive) }
    }

    /// Takes note of how a run ended that was claimed.
    func end(_ node: ScheduledNode, _ work: DueWork, as end: RunEnd, task: String?) throws {
        try update(node) { $0.end(work, as: end, at: context.now(), by: .current, task: task) }
    }

    /// What an error means for the schedule: whether what is due may be tried again.
    static func end(for error: any Error) -> RunEnd {
        if error is CancellationError { return .interrupted }
        let failure = error as? any Failure
        let message = failure?.message ?? "\(error)"
        switch failure?.kind {
        case .busy?, .unavailable?, .refused?: return .hindered(message)
        case .interrupted?: return .interrupted
        default: return .failed(message)
        }
    }

    private func update<Value>(
        _ node: ScheduledNode, _ change: (inout ScheduleLedger) throws -> Value
    ) throws -> Value {
        try book.update(node.database) { remembered in
            var ledger = node.ledger(remembered)
            let value = try change(&ledger)
            remembered[node.node] = ledger.node
            return value
        }
    }

    /// How many scheduled runs are going on this host.
    private func runs() throws -> Int {
        try Databases(home: context.home).ids().reduce(0) { count, id in
            let claims = try book.load(id).values.flatMap { $0.schedules.values.compactMap(\.running) }
            return count + claims.count { $0.process.isAlive }
        }
    }
}
