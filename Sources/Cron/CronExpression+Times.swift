import TargetTime

extension CronExpression {
    /// The first time the expression comes due after an instant, not at it; nil only beyond the year 9999.
    public func next(after instant: Instant) -> Instant? {
        // Only the years 1 to 9999: before and after them no instant can be written.
        let start = max(Self.minute(of: instant) + 1, Self.firstMinute)
        guard start <= Self.lastMinute else { return nil }
        let startDay = start / Self.minutesPerDay - (start % Self.minutesPerDay < 0 ? 1 : 0)
        let startMinute = start - startDay * Self.minutesPerDay

        if dayMatches(startDay), let minute = firstMinute(from: startMinute) {
            return Self.instant(day: startDay, minute: minute)
        }
        guard let day = nextDay(after: startDay), let minute = firstMinute(from: 0) else { return nil }
        return Self.instant(day: day, minute: minute)
    }

    /// The last time the expression came due before an instant, not at it; nil only before the year 1.
    public func previous(before instant: Instant) -> Instant? {
        guard instant > Instant.first else { return nil }
        let end = min(Self.minute(of: Instant(microseconds: instant.microseconds - 1)), Self.lastMinute)
        let endDay = end / Self.minutesPerDay - (end % Self.minutesPerDay < 0 ? 1 : 0)
        let endMinute = end - endDay * Self.minutesPerDay

        if dayMatches(endDay), let minute = lastMinute(to: endMinute) {
            return Self.instant(day: endDay, minute: minute)
        }
        guard let day = previousDay(before: endDay), let minute = lastMinute(to: Self.minutesPerDay - 1) else {
            return nil
        }
        return Self.instant(day: day, minute: minute)
    }

    // MARK: Minutes of a day

    private static let minutesPerDay = 1440
    private static let firstMinute = minute(of: .first)
    private static let lastMinute = minute(of: .last)

    /// The whole minutes since 1970 at an instant, rounded down.
    private static func minute(of instant: Instant) -> Int {
        let perMinute: Int64 = 60_000_000
        return Int(instant.microseconds / perMinute) - (instant.microseconds % perMinute < 0 ? 1 : 0)
    }

    private static func instant(day: Int, minute: Int) -> Instant {
        Instant(seconds: Int64(day * minutesPerDay + minute) * 60)
    }

    /// The first minute of a day, not before `minute`, that hours and minutes match.
    private func firstMinute(from minute: Int) -> Int? {
        let start = minute / 60
        if hours.contains(start), let match = minutes.first(from: minute % 60) { return start * 60 + match }
        guard let hour = hours.first(from: start + 1), let match = minutes.first(from: 0) else { return nil }
        return hour * 60 + match
    }

    /// The last minute of a day, not after `minute`, that hours and minutes match.
    private func lastMinute(to minute: Int) -> Int? {
        let end = minute / 60
        if hours.contains(end), let match = minutes.last(to: minute % 60) { return end * 60 + match }
        guard let hour = hours.last(to: end - 1), let match = minutes.last(to: 59) else { return nil }
        return hour * 60 + match
    }

    // MARK: Days

    private func dayMatches(_ day: Int) -> Bool {
        let date = CivilCalendar.date(daysSinceEpoch: day)
        return months.contains(date.month)
            && matches(day: date.day, weekday: CivilCalendar.weekday(daysSinceEpoch: day))
    }

    /// The first matching day after `day`; months that cannot match are passed in one step.
    private func nextDay(after day: Int) -> Int? {
        var (year, month, _) = CivilCalendar.date(daysSinceEpoch: day)
        while year <= 9999 {
            if months.contains(month) {
                let first = CivilCalendar.daysSinceEpoch(year: year, month: month, day: 1)
                let length = CivilCalendar.days(inMonth: month, year: year)
                for candidate in max(first, day + 1)..<max(first + length, day + 1) where dayMatches(candidate) {
                    return candidate
                }
            }
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
        }
        return nil
    }

    /// The last matching day before `day`.
    private func previousDay(before day: Int) -> Int? {
        var (year, month, _) = CivilCalendar.date(daysSinceEpoch: day)
        while year >= 1 {
            if months.contains(month) {
                let first = CivilCalendar.daysSinceEpoch(year: year, month: month, day: 1)
                let length = CivilCalendar.days(inMonth: month, year: year)
                for candidate in (min(first, day)..<min(first + length, day)).reversed() where dayMatches(candidate) {
                    return candidate
                }
            }
            (year, month) = month == 1 ? (year - 1, 12) : (year, month - 1)
        }
        return nil
    }
}
