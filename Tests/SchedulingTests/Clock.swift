import Cron
import Scheduling
import Spec
import TargetTime

/// An instant by its text, `2025-01-31T02:00`, in UTC.
func at(_ text: String) -> Instant {
    guard let instant = Instant.parse(iso8601: text.count == 16 ? text + ":00Z" : text + "Z") else {
        fatalError("no instant: \(text)")
    }
    return instant
}

/// A schedule by its words.
func schedule(_ id: String, _ type: BackupType, _ expression: String) -> PlannedSchedule {
    guard let cron = try? CronExpression(expression) else { fatalError("no expression: \(expression)") }
    return PlannedSchedule(id: id, type: type, expression: cron)
}
