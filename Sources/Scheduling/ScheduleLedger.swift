import Catalog
import Spec
import TargetTime

/// Keeps the account of one node's schedules: what is due, what runs, what every due minute came to.
///
/// Pure: the clock and whether a process lives are handed in. One run at a time per node; of several schedules that
/// are due the fullest runs and stands for the others, once for all the minutes that were missed.
public struct ScheduleLedger: Sendable {
    /// A run that begins so many seconds after its minute was caught up, not run in time.
    public static let punctuality = 120.0
    /// Runs for the same due minutes before they count as failed.
    public static let attempts = 3
    /// Seconds until something that may pass by itself is tried again.
    public static let retryDelay = 600.0
    /// Seconds between two reports that a node's backups are off.
    public static let tellingInterval = 86_400.0
    /// Seconds that what was accounted for may lie ahead of the clock, which is set back by so much now and then.
    public static let aheadLimit = 3600.0
    /// Seconds within which a second call for one minute is taken for a double.
    private static let doubleCall = 60.0

    public var node: NodeSchedules
    public let schedules: [PlannedSchedule]

    /// - Parameters:
    ///   - node: what was remembered.
    ///   - schedules: what the accepted spec says. A schedule that is new in it, or changed, counts from `accepted` on;
    ///     one that is no longer in it is forgotten.
    public init(_ node: NodeSchedules, schedules: [PlannedSchedule], accepted: Instant) {
        self.schedules = schedules
        var states: [String: ScheduleState] = [:]
        for schedule in schedules {
            if let known = node.schedules[schedule.id], known.expression == schedule.expression.text,
                known.type == schedule.type
            {
                states[schedule.id] = known
            } else {
                var state = ScheduleState(expression: schedule.expression.text, type: schedule.type, since: accepted)
                // What runs under the old words is still a run of the node.
                state.running = node.schedules[schedule.id]?.running
                state.last = node.schedules[schedule.id]?.last
                states[schedule.id] = state
            }
        }
        self.node = node
        self.node.schedules = states
    }

    // MARK: Looking

    /// The due minutes by schedule that nothing has accounted for.
    public func due(at now: Instant) -> [String: DueSlots] {
        var found: [String: DueSlots] = [:]
        for schedule in schedules {
            guard let state = node.schedules[schedule.id] else { continue }
            found[schedule.id] = DueSlots.find(schedule.expression, after: state.openFrom, upTo: now)
        }
        return found
    }

    /// The next time at which a schedule comes due that is not due yet; nil when there is none.
    public func next(after now: Instant) -> Instant? {
        schedules.compactMap { $0.expression.next(after: now) }.min()
    }

    /// What there is to do now. `isOn`: the node's backups are taken at all.
    ///
    /// Takes note of runs whose process is gone, and accounts for what was due while backups are off.
    public mutating func look(at now: Instant, isOn: Bool, isAlive: (ProcessIdentity) -> Bool) -> DueLook {
        comeBack(to: now)
        settle(at: now, isAlive: isAlive)
        if let running = running { return .running(running.id) }
        let due = due(at: now)
        guard isOn else { return passOff(due, at: now) }
        node.toldOffAt = nil
        guard !due.isEmpty else { return .nothing }
        if let retryAt = node.retryAt, now < retryAt { return .nothing }
        guard let first = order(due).first else { return .nothing }
        return .work(work(first, due))
    }

    /// The run of one schedule, as its own line in a crontab asks for it.
    ///
    /// A schedule with nothing due is run all the same: somebody wants it out of turn.
    public mutating func look(
        for id: String, at now: Instant, isAlive: (ProcessIdentity) -> Bool
    ) -> NamedLook? {
        guard let schedule = schedules.first(where: { $0.id == id }) else { return nil }
        comeBack(to: now)
        settle(at: now, isAlive: isAlive)
        let due = due(at: now)
        let own = due[id]
        if let running {
            if running.id == id { return .running }
            if let own, let covered = running.claim.covers[id], covered >= own.latest {
                return .superseded(by: running.id)
            }
            let other = node.schedules[running.id]?.type ?? .incr
            return .busy(with: running.id, wait: own == nil || schedule.type.fullness > other.fullness)
        }
        guard let own else {
            if let last = node.schedules[id]?.accountedUntil, now.seconds(since: last) < Self.doubleCall,
                schedule.expression.previous(before: now.adding(seconds: 0.000_001)) == last
            {
                return .alreadyRun(last)
            }
            return .work(DueWork(schedule: id, type: schedule.type, slot: nil, covers: [:]))
        }
        // Each of them has a line of its own, which runs at this same minute.
        if let fuller = order(due.filter { $0.value.latest == own.latest }).first, fuller != id {
            supersede([id: own.latest], by: fuller, at: now)
            return .superseded(by: fuller)
        }
        return .work(work(id, due.filter { $0.value.latest <= own.latest && isLess($0.key, than: id) || $0.key == id }))
    }

    /// Whether times were noted that lie so far ahead of the clock that it must have been set back since.
    public func isAhead(of now: Instant) -> Bool {
        let noted = node.schedules.values.map(\.openFrom) + [node.retryAt, node.toldOffAt].compactMap { $0 }
        return noted.contains { $0 > now.adding(seconds: Self.aheadLimit) }
    }

    // MARK: Running

    /// Takes note that `work` is done by `process` from now on.
    public mutating func begin(_ work: DueWork, at now: Instant, by process: ProcessIdentity) {
        node.schedules[work.schedule]?.running = ScheduleClaim(
            slot: work.slot, startedAt: now, process: process, covers: work.covers)
    }

    /// Takes note of how a run ended that `process` began with ``begin(_:at:by:)``; nothing to do when it has ended.
    public mutating func end(
        _ work: DueWork, as end: RunEnd, at now: Instant, by process: ProcessIdentity, task: String?
    ) {
        guard let claim = node.schedules[work.schedule]?.running, claim.process == process else { return }
        node.schedules[work.schedule]?.running = nil
        var run = ScheduleRun(
            slot: work.slot, startedAt: claim.startedAt, endedAt: now, outcome: .done, task: task)
        switch end {
        case .done:
            node.schedules[work.schedule]?.attempts = 0
            node.retryAt = nil
            account(work, startedAt: claim.startedAt)
            supersede(work.covers.filter { $0.key != work.schedule }, by: work.schedule, at: now)
        case .failed(let message):
            run.outcome = .failed
            run.message = message
            giveUp(work)
        case .hindered(let message):
            run.outcome = .failed
            run.message = message
            if let retryAt = hinder(work, at: now) { node.retryAt = retryAt }
        case .interrupted:
            run.outcome = .interrupted
            _ = hinder(work, at: now)
        }
        node.schedules[work.schedule]?.last = run
    }

    /// Whether a run of any schedule is going, as last noted.
    public var running: (id: String, claim: ScheduleClaim)? {
        for schedule in schedules {
            if let claim = node.schedules[schedule.id]?.running { return (schedule.id, claim) }
        }
        return nil
    }

    // MARK: Accounting

    private func work(_ id: String, _ due: [String: DueSlots]) -> DueWork {
        DueWork(
            schedule: id, type: node.schedules[id]?.type ?? .full, slot: due[id]?.latest,
            covers: due.mapValues(\.latest))
    }

    /// The fullest first; of two alike that whose minute is later, then that which the spec names first.
    private func order(_ due: [String: DueSlots]) -> [String] {
        schedules.enumerated().filter { due[$0.element.id] != nil }.sorted { left, right in
            let (one, other) = (left.element, right.element)
            if one.type != other.type { return one.type.fullness > other.type.fullness }
            if let first = due[one.id]?.latest, let second = due[other.id]?.latest, first != second {
                return first > second
            }
            return left.offset < right.offset
        }.map(\.element.id)
    }

    private func isLess(_ id: String, than other: String) -> Bool {
        (node.schedules[id]?.type.fullness ?? 0) <= (node.schedules[other]?.type.fullness ?? 0)
    }

    private func slots(_ id: String, upTo last: Instant) -> Int {
        guard let schedule = schedules.first(where: { $0.id == id }), let state = node.schedules[id] else { return 0 }
        return DueSlots.find(schedule.expression, after: state.openFrom, upTo: last)?.count ?? 0
    }

    /// The last of the minutes was run, in time or late; those before it are made up for by the same backup.
    private mutating func account(_ work: DueWork, startedAt: Instant) {
        guard let slot = work.slot else { return }
        let count = slots(work.schedule, upTo: slot)
        guard count > 0 else { return }
        let isLate = startedAt.seconds(since: slot) >= Self.punctuality
        node.schedules[work.schedule]?.tally.ran += isLate ? 0 : 1
        node.schedules[work.schedule]?.tally.caughtUp += isLate ? count : count - 1
        node.schedules[work.schedule]?.accountedUntil = slot
    }

    private mutating func supersede(_ covered: [String: Instant], by other: String, at now: Instant) {
        for (id, last) in covered {
            let count = slots(id, upTo: last)
            guard count > 0 else { continue }
            node.schedules[id]?.tally.superseded += count
            node.schedules[id]?.accountedUntil = last
            node.schedules[id]?.attempts = 0
            node.schedules[id]?.last = ScheduleRun(
                slot: last, startedAt: now, endedAt: now, outcome: .superseded, message: other)
        }
    }

    /// What the run was for counts as failed; what it would have covered stays due.
    private mutating func giveUp(_ work: DueWork) {
        node.schedules[work.schedule]?.attempts = 0
        guard let slot = work.slot else { return }
        let count = slots(work.schedule, upTo: slot)
        guard count > 0 else { return }
        node.schedules[work.schedule]?.tally.failed += count
        node.schedules[work.schedule]?.accountedUntil = slot
    }

    /// Leaves it due, up to a number of times; gives when it may be tried again, nil when it will not be.
    private mutating func hinder(_ work: DueWork, at now: Instant) -> Instant? {
        let attempts = (node.schedules[work.schedule]?.attempts ?? 0) + 1
        guard attempts < Self.attempts else {
            giveUp(work)
            return nil
        }
        node.schedules[work.schedule]?.attempts = attempts
        return now.adding(seconds: Self.retryDelay)
    }

    /// Nothing is to be made up for later: backups that come on again begin with a full one. Somebody is told when the
    /// first minute passes, and every day from then on.
    private mutating func passOff(_ due: [String: DueSlots], at now: Instant) -> DueLook {
        for (id, slots) in due {
            node.schedules[id]?.tally.off += slots.count
            node.schedules[id]?.accountedUntil = slots.latest
            node.schedules[id]?.last = ScheduleRun(slot: slots.latest, startedAt: now, endedAt: now, outcome: .off)
        }
        if let told = node.toldOffAt {
            guard now.seconds(since: told) >= Self.tellingInterval else { return .off(tell: false) }
        } else if due.isEmpty {
            return .off(tell: false)
        }
        node.toldOffAt = now
        return .off(tell: true)
    }

    /// Times that were noted by a clock that was far ahead and has been set right would keep everything from being run
    /// until then: schedules count from now on instead. By a little it only skips what was run already; and what was
    /// accounted for stays so when it was the present clock that was wrong.
    private mutating func comeBack(to now: Instant) {
        let limit = now.adding(seconds: Self.aheadLimit)
        for (id, state) in node.schedules {
            if let ahead = state.accountedAhead, ahead <= now {
                node.schedules[id]?.accountedUntil = max(state.accountedUntil ?? ahead, ahead)
                node.schedules[id]?.accountedAhead = nil
            } else if state.openFrom > limit {
                node.schedules[id]?.accountedAhead = state.openFrom
                node.schedules[id]?.since = min(state.since, now)
                node.schedules[id]?.accountedUntil = now
            }
        }
        if let retryAt = node.retryAt, retryAt > limit { node.retryAt = nil }
        if let told = node.toldOffAt, told > limit { node.toldOffAt = nil }
    }

    /// A run whose process is gone was interrupted.
    private mutating func settle(at now: Instant, isAlive: (ProcessIdentity) -> Bool) {
        for schedule in schedules {
            guard let claim = node.schedules[schedule.id]?.running, !isAlive(claim.process) else { continue }
            end(
                DueWork(schedule: schedule.id, type: schedule.type, slot: claim.slot, covers: claim.covers),
                as: .interrupted, at: now, by: claim.process, task: nil)
        }
    }
}
