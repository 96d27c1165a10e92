import Failures

/// A text does not name an instant, or not one that can be relied on.
public struct TargetTimeError: Failure, Hashable {
    /// What is wrong; one for each mistake that has its own mend.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// Nothing is written.
        case empty
        /// Not in any form that is known.
        case malformed
        /// Date and time without a zone.
        case noZone = "no-zone"
        /// A zone by name (`Europe/Berlin`, `CET`) in place of an offset.
        case zoneName = "zone-name"
        /// An offset beyond ±15:59:59, or with minutes beyond 59.
        case offset
        /// A date without a time.
        case dateOnly = "date-only"
        /// A time without its seconds.
        case noSeconds = "no-seconds"
        /// A day that its month does not have.
        case noSuchDay = "no-such-day"
        /// The hour 24.
        case hour24 = "hour-24"
        /// The second 60.
        case leapSecond = "leap-second"
        /// Any other field beyond its range.
        case range
        /// A year outside 1 to 9999.
        case year
        /// A fraction finer than a microsecond.
        case precision
        /// A time in the future, relative to now.
        case future
        /// A length of time that is not the same every time: months, years.
        case vagueUnit = "vague-unit"
        /// Seconds since 1970.
        case epoch
    }

    public let reason: Reason
    public let message: String
    public let hint: String?

    public var kind: FailureKind { .invalidInput }
    /// `target-time-` and the reason.
    public var code: String { "target-time-" + reason.rawValue }

    init(_ reason: Reason, _ message: String, hint: String) {
        self.reason = reason
        self.message = message
        self.hint = hint
    }
}

extension TargetTimeError {
    /// The first field of `time` that is out of its range; nil when it names an instant.
    ///
    /// The hints name the instant in UTC or leave the zone open, since the fields come without one.
    static func problem(in time: CivilTime) -> TargetTimeError? {
        guard (1...9999).contains(time.year) else {
            return TargetTimeError(
                .year, "the year \(time.year) is outside 1 to 9999", hint: "write the year with four digits")
        }
        guard (1...12).contains(time.month) else {
            let swapped = (1...12).contains(time.day) && (1...31).contains(time.month)
            return TargetTimeError(
                .range, "there is no month \(CivilTime.padded(max(0, time.month), 2))",
                hint: swapped
                    ? "the order is year-month-day: "
                        + CivilTime(year: time.year, month: time.day, day: time.month).dateText
                    : "the order is year-month-day, with months 01 to 12")
        }
        let days = CivilCalendar.days(inMonth: time.month, year: time.year)
        guard (1...days).contains(time.day) else {
            let last = CivilTime(year: time.year, month: time.month, day: days).dateText
            return TargetTimeError(
                .noSuchDay, "there is no day \(time.dateText)", hint: "the month's last day is \(last)")
        }
        if time.hour == 24 {
            var hint = "hours run from 00 to 23"
            if time.minute == 0, time.second == 0, time.microsecond == 0 {
                let next = CivilCalendar.date(
                    daysSinceEpoch: CivilCalendar.daysSinceEpoch(year: time.year, month: time.month, day: time.day) + 1)
                let date = CivilTime(year: next.year, month: next.month, day: next.day).dateText
                hint = "for the end of the day write \(date)T00:00:00 and the zone"
            }
            return TargetTimeError(.hour24, "there is no hour 24", hint: hint)
        }
        if time.second == 60 {
            return TargetTimeError(
                .leapSecond, "the second 60 is a leap second, which Postgres cannot tell from the second after it",
                hint: "write second 59, or second 00 of the next minute")
        }
        let fields = [
            ("hour", time.hour, 23), ("minute", time.minute, 59), ("second", time.second, 59),
            ("microsecond", time.microsecond, 999_999),
        ]
        for (name, value, last) in fields where !(0...last).contains(value) {
            return TargetTimeError(
                .range, "there is no \(name) \(value)", hint: "\(name)s run from 0 to \(last)")
        }
        return nil
    }

    /// What was written as it may be shown: in quotes, without control characters, cut when it is long.
    static func quoted(_ text: String) -> String {
        var shown = "\""
        for scalar in text.unicodeScalars.prefix(60) {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: shown += "?"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown + (text.unicodeScalars.count > 60 ? "…\"" : "\"")
    }
}
