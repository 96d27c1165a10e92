/// A date and a time of day in UTC, field by field.
public struct CivilTime: Sendable, Hashable {
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    /// 0 to 23.
    public var hour: Int
    /// 0 to 59.
    public var minute: Int
    /// 0 to 59: POSIX time, like Postgres, has no leap seconds.
    public var second: Int
    /// 0 to 999 999.
    public var microsecond: Int

    /// The fields are taken as they are; `instant()` checks them.
    public init(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
    }

    /// The fields of an instant; exact for every instant, also those whose year is outside 1 to 9999.
    public init(_ instant: Instant) {
        let perDay: Int64 = 86_400_000_000
        let remainder = instant.microseconds % perDay
        let inDay = Int(remainder < 0 ? remainder + perDay : remainder)
        let days = Int(instant.microseconds / perDay) - (remainder < 0 ? 1 : 0)
        (year, month, day) = CivilCalendar.date(daysSinceEpoch: days)
        microsecond = inDay % 1_000_000
        second = inDay / 1_000_000 % 60
        minute = inDay / 60_000_000 % 60
        hour = inDay / 3_600_000_000
    }

    /// The instant that these fields name in UTC.
    ///
    /// - Throws: `TargetTimeError` when a field is out of its range, the year outside 1 to 9999, or the
    ///   month too short for the day.
    public func instant() throws(TargetTimeError) -> Instant {
        if let error = TargetTimeError.problem(in: self) { throw error }
        return Instant(microseconds: microsecondsSinceEpoch)
    }

    /// The same without a check; the year must lie well inside Int64's range, 1 to 9999 does.
    var microsecondsSinceEpoch: Int64 {
        let days = CivilCalendar.daysSinceEpoch(year: year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        return Int64(seconds) * 1_000_000 + Int64(microsecond)
    }
}
