import TargetTime

/// A cron expression of five fields, in UTC: minute, hour, day of the month, month, day of the week.
///
/// Fields are lists of values, ranges and steps, with three-letter English names for months and days in
/// either case, 0 and 7 for Sunday, `?` for `*`, and `@hourly` to `@yearly` for whole expressions.
///
/// When both day fields are restricted a day matches if either does (POSIX, `crontab`). POSIX knows no
/// steps, and implementations differ on whether `*/2` in a day field restricts it: here, as in robfig/cron
/// which the control plane runs, it does; for Vixie's cron (Debian's) a field that begins with `*` does
/// not, so that there both fields must match. `isAmbiguous` tells of such expressions.
public struct CronExpression: Sendable, Hashable {
    /// The expression as it was given, without blanks around it.
    public let text: String
    public let minutes: CronField
    public let hours: CronField
    public let daysOfMonth: CronField
    public let months: CronField
    public let daysOfWeek: CronField

    /// Reads an expression.
    ///
    /// - Throws: `CronError`, with the mend, also when no date ever matches (31 February).
    public init(_ text: String) throws(CronError) {
        // Bytes, which are looked at faster than characters: every minute all expressions of a host are read.
        let words = text.utf8.split(whereSeparator: { $0 == 0x20 || (0x09...0x0D).contains($0) })
            .map { String(Substring($0)) }
        self.text = words.joined(separator: " ")
        let fields = try Self.fields(words, shown: Self.quoted(self.text))
        minutes = try CronFieldParser.minute.parse(fields[0])
        hours = try CronFieldParser.hour.parse(fields[1])
        daysOfMonth = try CronFieldParser.dayOfMonth.parse(fields[2])
        months = try CronFieldParser.month.parse(fields[3])
        daysOfWeek = try CronFieldParser.dayOfWeek.parse(fields[4])
        try checkPossible()
    }

    /// Whether cron implementations disagree on the days: both day fields restricted, one of them by `*/n`.
    public var isAmbiguous: Bool {
        daysOfMonth.isRestricted && daysOfWeek.isRestricted
            && (daysOfMonth.hasStarStep || daysOfWeek.hasStarStep)
    }

    /// Whether the expression matches on a date; `weekday` is 0 for Sunday.
    func matches(day: Int, weekday: Int) -> Bool {
        switch (daysOfMonth.isRestricted, daysOfWeek.isRestricted) {
        case (true, true): daysOfMonth.contains(day) || daysOfWeek.contains(weekday)
        case (true, false): daysOfMonth.contains(day)
        case (false, true): daysOfWeek.contains(weekday)
        case (false, false): true
        }
    }

    /// Words that stand for whole expressions, as in Vixie's cron.
    private static let nicknames = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    private static func fields(_ words: [String], shown: String) throws(CronError) -> [String] {
        guard let first = words.first else {
            throw CronError("the cron expression is empty", hint: "write five fields, such as 0 2 * * *")
        }
        if first.hasPrefix("@") { return try nickname(first.lowercased(), words: words, shown: shown) }
        if first.hasPrefix("TZ=") || first.hasPrefix("CRON_TZ=") {
            throw CronError(
                "\(shown) sets a time zone", hint: "schedules are in UTC: leave it out and write the hour in UTC")
        }
        switch words.count {
        case 5: return words
        case 6, 7:
            throw CronError(
                "\(shown) has \(words.count) fields, expected five",
                hint: "leave out the field for seconds" + (words.count == 7 ? " and that for the year" : "")
                    + ": " + words[1...5].joined(separator: " "))
        default:
            throw CronError(
                "\(shown) has \(words.count) field\(words.count == 1 ? "" : "s"), expected five",
                hint: "write minute, hour, day of the month, month, day of the week, such as 0 2 * * *")
        }
    }

    private static func nickname(_ name: String, words: [String], shown: String) throws(CronError) -> [String] {
        if words.count == 1, let expression = nicknames[name] {
            return expression.split(separator: " ").map(String.init)
        }
        switch name {
        case "@reboot":
            throw CronError("\(shown) is no time", hint: "write five fields, such as 0 2 * * *")
        case "@every":
            throw CronError(
                "\(shown) is an interval, not a time of the calendar",
                hint: "write five fields, such as 0 */6 * * * for every six hours")
        default:
            throw CronError(
                "\(shown) is not known", hint: "use one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly")
        }
    }

    /// The days of the longest of its months.
    private var longestMonth: Int {
        // 2000 was a leap year: the longest February.
        months.values.map { CivilCalendar.days(inMonth: $0, year: 2000) }.max() ?? 31
    }

    /// Whether one of its days of the month occurs in one of its months; the day of the week is not looked at.
    public var hasPossibleDay: Bool { (daysOfMonth.values.first ?? 1) <= longestMonth }

    /// Refuses an expression whose days of the month occur in none of its months.
    private func checkPossible() throws(CronError) {
        guard daysOfMonth.isRestricted, !daysOfWeek.isRestricted, let day = daysOfMonth.values.first else { return }
        let longest = longestMonth
        guard day > longest else { return }
        throw CronError(
            "\(Self.quoted(text)) never comes due: none of its months has a day \(day)",
            hint: longest == 29
                ? "use day 28, which February has every year" : "use day \(longest) or an earlier one")
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
