import Spec
import TargetTime

/// One run of a schedule, or what stood in its place.
public struct ScheduleRun: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable {
        case done
        case failed
        /// Its process was ended before the backup was.
        case interrupted
        /// A fuller backup of another schedule was due at the same time and stands for it.
        case superseded
        /// The node's backups were off.
        case off
    }
    /// The minute for which it ran; nil for a run that somebody asked for out of turn.
    public var slot: Instant?
    public var startedAt: Instant
    public var endedAt: Instant
    public var outcome: Outcome
    /// The task that did it.
    public var task: String?
    /// What went wrong, or which schedule stands for this one.
    public var message: String?

    private enum CodingKeys: String, CodingKey {
        case slot
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case outcome, task, message
    }

    public init(
        slot: Instant? = nil, startedAt: Instant, endedAt: Instant, outcome: Outcome, task: String? = nil,
        message: String? = nil
    ) {
        self.slot = slot
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outcome = outcome
        self.task = task
        self.message = message
    }
}

/// A run under way.
public struct ScheduleClaim: Codable, Sendable, Equatable {
    public var slot: Instant?
    public var startedAt: Instant
    public var process: ProcessIdentity
    /// The last due minute, by schedule, that this run will account for when it ends well; its own included.
    public var covers: [String: Instant]

    private enum CodingKeys: String, CodingKey {
        case slot
        case startedAt = "started_at"
        case process, covers
    }

    public init(slot: Instant?, startedAt: Instant, process: ProcessIdentity, covers: [String: Instant]) {
        self.slot = slot
        self.startedAt = startedAt
        self.process = process
        self.covers = covers
    }
}

/// How many due minutes ended how; every one is counted exactly once.
public struct ScheduleTally: Codable, Sendable, Equatable {
    /// Run when they were due.
    public var ran = 0
    /// Made up for by a later run of the same schedule.
    public var caughtUp = 0
    /// A fuller backup stood for them.
    public var superseded = 0
    public var failed = 0
    /// Passed while the node's backups were off.
    public var off = 0

    private enum CodingKeys: String, CodingKey {
        case ran
        case caughtUp = "caught_up"
        case superseded, failed, off
    }

    public init() {}

    public var sum: Int { ran + caughtUp + superseded + failed + off }
}

/// What is remembered of one schedule of one node.
public struct ScheduleState: Codable, Sendable, Equatable {
    /// As they were when the schedule began to count: a change of either begins anew.
    public var expression: String
    public var type: BackupType
    /// When it was accepted: what was due up to then does not count.
    public var since: Instant
    /// Every due minute up to this one has been accounted for.
    public var accountedUntil: Instant?
    /// The same by a clock that was ahead of the present one. Whichever is wrong: when this has come, it holds again.
    public var accountedAhead: Instant?
    /// Runs for what is due now that did not end well.
    public var attempts: Int
    public var running: ScheduleClaim?
    public var last: ScheduleRun?
    public var tally: ScheduleTally

    private enum CodingKeys: String, CodingKey {
        case expression, type, since
        case accountedUntil = "accounted_until"
        case accountedAhead = "accounted_ahead"
        case attempts, running, last, tally
    }

    public init(expression: String, type: BackupType, since: Instant) {
        self.expression = expression
        self.type = type
        self.since = since
        attempts = 0
        tally = ScheduleTally()
    }

    /// Due minutes after this instant are still to be accounted for.
    public var openFrom: Instant { max(since, accountedUntil ?? since) }
}

/// What is remembered of the schedules of one node.
public struct NodeSchedules: Codable, Sendable, Equatable {
    public var schedules: [String: ScheduleState]
    /// When somebody was last told that the node's backups are off.
    public var toldOffAt: Instant?
    /// After a failure that may pass by itself: nothing is tried before this.
    public var retryAt: Instant?

    private enum CodingKeys: String, CodingKey {
        case schedules
        case toldOffAt = "told_off_at"
        case retryAt = "retry_at"
    }

    public init(schedules: [String: ScheduleState] = [:]) {
        self.schedules = schedules
    }
}
