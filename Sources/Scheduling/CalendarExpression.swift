import Cron

/// A cron expression as systemd's calendar events (systemd.time(7)), in UTC, exact.
///
/// Written from the values of the fields and not from their text: the two languages write ranges, steps and names
/// differently, and values mean the same in both.
public enum CalendarExpression {
    /// The values of `OnCalendar=`; where both day fields are restricted there are two, since a single line asks for
    /// both at once, and cron for either.
    public static func lines(_ expression: CronExpression) -> [String] {
        let days = expression.daysOfMonth
        let weekdays = expression.daysOfWeek
        guard days.isRestricted && weekdays.isRestricted else {
            return [
                line(
                    expression, day: days.isRestricted ? days.values : nil,
                    weekday: weekdays.isRestricted ? weekdays.values : nil)
            ]
        }
        let byWeekday = line(expression, day: nil, weekday: weekdays.values)
        // systemd takes 30 February for a mistake where nothing else is due on it.
        guard expression.hasPossibleDay else { return [byWeekday] }
        return [line(expression, day: days.values, weekday: nil), byWeekday]
    }

    private static func line(_ expression: CronExpression, day: [Int]?, weekday: [Int]?) -> String {
        let months = expression.months.isRestricted ? expression.months.values : nil
        let hours = expression.hours.isRestricted ? expression.hours.values : nil
        let minutes = expression.minutes.isRestricted ? expression.minutes.values : nil
        let date = "*-\(list(months, digits: 2))-\(list(day, digits: 2))"
        let time = "\(list(hours, digits: 2)):\(list(minutes, digits: 2)):00"
        return (weekday.map { names($0) + " " } ?? "") + date + " " + time + " UTC"
    }

    private static func list(_ values: [Int]?, digits: Int) -> String {
        guard let values else { return "*" }
        return ValueRanges.of(values).map { range in
            let ends = [range.lowerBound, range.upperBound].map { padded($0, digits) }
            return range.count == 1 ? ends[0] : ends[0] + ".." + ends[1]
        }.joined(separator: ",")
    }

    private static func names(_ weekdays: [Int]) -> String {
        let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        // No ranges: systemd's week begins on Monday, cron's on Sunday.
        return weekdays.map { names[$0] }.joined(separator: ",")
    }

    private static func padded(_ value: Int, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// A cron expression as a line of a crontab that every cron reads alike: numbers, lists and ranges only.
public enum CrontabExpression {
    /// The five fields. A day field that is restricted never begins with `*`, on which implementations differ.
    public static func fields(_ expression: CronExpression) -> String {
        [
            expression.minutes, expression.hours, expression.daysOfMonth, expression.months, expression.daysOfWeek,
        ].map { field in
            guard field.isRestricted else { return "*" }
            return ValueRanges.of(field.values).map {
                $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
            }.joined(separator: ",")
        }.joined(separator: " ")
    }
}

/// Ascending values as ranges without gaps.
enum ValueRanges {
    static func of(_ values: [Int]) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for value in values {
            if let last = ranges.last, last.upperBound + 1 == value {
                ranges[ranges.count - 1] = last.lowerBound...value
            } else {
                ranges.append(value...value)
            }
        }
        return ranges
    }
}
