import Cron
import Spec
import TargetTime

/// A schedule of a node, with its expression read.
public struct PlannedSchedule: Sendable, Equatable {
    public var id: String
    public var type: BackupType
    public var expression: CronExpression

    public init(id: String, type: BackupType, expression: CronExpression) {
        self.id = id
        self.type = type
        self.expression = expression
    }

    /// The schedules of a spec, in its order.
    ///
    /// - Throws: `CronError` for an expression that is none; an accepted spec has no such one.
    public static func of(_ schedules: [Schedule]) throws -> [PlannedSchedule] {
        try schedules.map {
            PlannedSchedule(id: $0.id, type: $0.type, expression: try CronExpression($0.cronExpression))
        }
    }
}

extension BackupType {
    /// How much a backup of this type holds by itself: it can stand for one that holds less.
    public var fullness: Int {
        switch self {
        case .full: 2
        case .diff: 1
        case .incr: 0
        }
    }
}

/// The due minutes of one schedule that nothing has accounted for yet.
public struct DueSlots: Sendable, Equatable {
    public var oldest: Instant
    public var latest: Instant
    public var count: Int

    /// Those after `start` and not after `now`; nil when there are none.
    public static func find(_ expression: CronExpression, after start: Instant, upTo now: Instant) -> DueSlots? {
        guard let oldest = expression.next(after: start), oldest <= now else { return nil }
        var slots = DueSlots(oldest: oldest, latest: oldest, count: 1)
        while let next = expression.next(after: slots.latest), next <= now {
            slots.latest = next
            slots.count += 1
        }
        return slots
    }
}
