import Glibc
import TargetTime

/// An instant in the host's own zone, for people who look at the clock on the wall.
enum LocalTime {
    /// `2025-03-30 03:00 CEST`.
    static func text(_ instant: Instant) -> String {
        var seconds = time_t(instant.microseconds / 1_000_000)
        var fields = tm()
        guard localtime_r(&seconds, &fields) != nil else { return instant.iso8601 }
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let zone = fields.tm_zone.map { String(cString: $0) } ?? ""
        return "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday)) "
            + "\(two(fields.tm_hour)):\(two(fields.tm_min)) \(zone)"
    }

    /// `2025-03-30 01:00`, in UTC: schedules know no seconds.
    static func utc(_ instant: Instant) -> String {
        let text = instant.iso8601
        return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
    }
}
