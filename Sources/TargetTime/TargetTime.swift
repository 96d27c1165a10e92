/// The time of a recovery target, as people write it.
public enum TargetTime {
    /// Reads an instant, absolute or relative to now.
    ///
    /// Absolute: a date, `T` or a blank, a time with seconds, and a zone, in ISO 8601's extended or basic
    /// format or as Postgres writes it: `2025-01-01T01:30:00Z`, `20250101T013000Z`,
    /// `2025-01-01 01:30:00.5-04`, with offsets `+05`, `+0530`, `+05:30` up to ±15:59:59 (Postgres's limit)
    /// and `UTC` for `Z`, letters in either case, a point or a comma before the fraction. A fraction may
    /// have nine digits; those past the sixth must be zeros, since cutting them off would move the target.
    /// Relative: `now`, `10 minutes ago`, `1 day 2 hours ago`, with seconds, minutes, hours, days of 24 hours
    /// and weeks, in whole numbers.
    ///
    /// - Throws: `TargetTimeError`, with the mend, for all else; above all for what another program would
    ///   guess at: a missing zone, a zone's name, a day that does not exist.
    public static func parse(_ text: String, now: Instant) throws(TargetTimeError) -> Instant {
        let trimmed = AbsoluteTime.trimmed(text)
        guard let first = trimmed.first else {
            throw TargetTimeError(.empty, "the target time is empty", hint: forms)
        }
        if !first.isASCIIDigit || RelativeTime.isRelative(trimmed) {
            return try RelativeTime.parse(trimmed, now: now)
        }
        return try AbsoluteTime.parse(trimmed)
    }

    /// What can be written, for hints.
    static let forms = "write it like 2025-01-01T01:30:00Z, 2025-01-01 01:30:00+02, now, or \"10 minutes ago\""
}

extension Character {
    /// 0 to 9; `isNumber` and `isWholeNumber` also take the digits of other scripts.
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
