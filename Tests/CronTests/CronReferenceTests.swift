import TargetTime
import Testing

@testable import Cron

/// `next` and `previous` against a reference that counts minutes up one by one with its own calendar and
/// reads the fields in its own way.
@Suite struct CronReferenceTests {
    /// One clock, moved on by counting.
    struct Clock {
        var year: Int
        var month: Int
        var day: Int
        var weekday: Int
        var hour = 0
        var minute = 0
        let minutesSince: Int64

        var isLeap: Bool { year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) }

        mutating func tick() {
            minute += 1
            if minute == 60 { (minute, hour) = (0, hour + 1) }
            if hour == 24 {
                hour = 0
                tickDay()
            }
        }

        mutating func tickDay() {
            weekday = weekday == 6 ? 0 : weekday + 1
            day += 1
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            if day > lengths[month - 1] { (day, month) = (1, month + 1) }
            if month == 13 { (month, year) = (1, year + 1) }
        }
    }

    /// Which values a field matches: `*`, `a`, `a-b`, `*/n`, `a-b/n` and lists of them, in numbers.
    static func table(_ field: String, _ low: Int, _ high: Int) -> [Bool] {
        var table = [Bool](repeating: false, count: 64)
        for part in field.split(separator: ",") {
            let pieces = part.split(separator: "/")
            let ends = pieces[0] == "*" ? [low, high] : pieces[0].split(separator: "-").map { Int($0)! }
            let step = pieces.count > 1 ? Int(pieces[1])! : 1
            for value in ends[0]...ends[ends.count - 1] where (value - ends[0]) % step == 0 { table[value] = true }
        }
        if high == 6, table[7] { table[0] = true }
        return table
    }

    struct Reference {
        let minutes, hours, days, months, weekdays: [Bool]
        let dayFree, weekdayFree: Bool

        init(_ fields: [String]) {
            minutes = table(fields[0], 0, 59)
            hours = table(fields[1], 0, 23)
            days = table(fields[2], 1, 31)
            months = table(fields[3], 1, 12)
            weekdays = table(fields[4], 0, 6)
            dayFree = fields[2] == "*"
            weekdayFree = fields[4] == "*"
        }

        func isDue(onDayOf clock: Clock) -> Bool {
            guard months[clock.month] else { return false }
            if dayFree { return weekdayFree || weekdays[clock.weekday] }
            return days[clock.day] || (!weekdayFree && weekdays[clock.weekday])
        }

        func isDue(_ clock: Clock) -> Bool {
            minutes[clock.minute] && hours[clock.hour] && isDue(onDayOf: clock)
        }
    }

    static func randomField(_ low: Int, _ high: Int, star: Int, _ generator: inout SeededGenerator) -> String {
        if Int.random(in: 0..<100, using: &generator) < star { return "*" }
        let parts = (0..<Int.random(in: 1...3, using: &generator)).map { _ -> String in
            let first = Int.random(in: low...high, using: &generator)
            let last = Int.random(in: first...high, using: &generator)
            let step = Int.random(in: 2...max(2, high / 2), using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: return "*/\(step)"
            case 1: return "\(first)-\(last)"
            case 2: return "\(first)-\(last)/\(step)"
            default: return "\(first)"
            }
        }
        return parts.joined(separator: ",")
    }

    /// Places where calendars go wrong, with the day of the week out of a printed calendar (0 Sunday) and the
    /// minutes since 1970.
    static let clocks = [
        Clock(year: 2025, month: 2, day: 24, weekday: 1, minutesSince: 29_005_920),
        Clock(year: 2023, month: 12, day: 28, weekday: 4, minutesSince: 28_395_360),
        Clock(year: 2024, month: 2, day: 26, weekday: 1, minutesSince: 28_481_760),
        Clock(year: 2100, month: 2, day: 25, weekday: 4, minutesSince: 68_453_280),
        Clock(year: 2000, month: 2, day: 25, weekday: 5, minutesSince: 15_857_280),
        Clock(year: 1969, month: 12, day: 29, weekday: 1, minutesSince: -4_320),
    ]

    /// The first place where two lists differ.
    static func difference(_ found: [Instant], _ expected: [Instant]) -> String? {
        for index in 0..<max(found.count, expected.count) {
            let left = index < found.count ? found[index].iso8601 : "nothing"
            let right = index < expected.count ? expected[index].iso8601 : "nothing"
            if left != right { return "found \(left), expected \(right)" }
        }
        return nil
    }

    @Test func everyMinuteOfTwelveDays() throws {
        var generator = SeededGenerator(seed: 20_250_101)
        var compared = 0
        for round in 0..<90 {
            var clock = Self.clocks[round % Self.clocks.count]
            let start = clock.minutesSince * 60
            let fields = [
                Self.randomField(0, 59, star: 20, &generator), Self.randomField(0, 23, star: 30, &generator),
                Self.randomField(1, 31, star: 40, &generator), Self.randomField(1, 12, star: 80, &generator),
                Self.randomField(0, 7, star: 40, &generator),
            ]
            // A field such as */9 of months can leave no possible date; that is another test's matter.
            guard let expression = try? CronExpression(fields.joined(separator: " ")) else { continue }
            let reference = Reference(fields)
            var due: [Instant] = []
            let minutes = 12 * 1440
            for minute in 0..<minutes {
                if due.count < 150, reference.isDue(clock) { due.append(Instant(seconds: start + Int64(minute) * 60)) }
                clock.tick()
            }

            var forward: [Instant] = []
            var at = Instant(microseconds: start * 1_000_000 - 1)
            while let next = expression.next(after: at), next < Instant(seconds: start + Int64(minutes) * 60),
                forward.count < due.count + 1, forward.count < 150
            {
                forward.append(next)
                at = next
            }
            #expect(Self.difference(forward, due) == nil, "\(expression.text)")

            var backward: [Instant] = []
            at = due.last.map { Instant(microseconds: $0.microseconds + 1) } ?? Instant(seconds: start)
            while let previous = expression.previous(before: at), previous >= Instant(seconds: start),
                backward.count < due.count + 1
            {
                backward.append(previous)
                at = previous
            }
            #expect(Self.difference(backward, due.reversed()) == nil, "\(expression.text)")
            compared += due.count
        }
        #expect(compared > 2000)
    }

    /// The days on which sparse expressions are due, over the twelve years around 2100, which has no leap day.
    @Test func everyDayOfTwelveYears() throws {
        var generator = SeededGenerator(seed: 7)
        var compared = 0
        for _ in 0..<60 {
            let fields = [
                "30", "6", Self.randomField(1, 31, star: 20, &generator), Self.randomField(1, 12, star: 20, &generator),
                Self.randomField(0, 7, star: 70, &generator),
            ]
            guard let expression = try? CronExpression(fields.joined(separator: " ")) else { continue }
            let reference = Reference(fields)
            // 2094-01-01 was a Friday.
            var clock = Clock(year: 2094, month: 1, day: 1, weekday: 5, minutesSince: 65_219_040)
            var at = Instant(seconds: clock.minutesSince * 60)
            let start = at
            var expected = expression.next(after: at)
            for day in 0..<(12 * 365) {
                if reference.isDue(onDayOf: clock) {
                    let due = Instant(seconds: clock.minutesSince * 60 + Int64(day) * 86_400 + 6 * 3600 + 1800)
                    guard expected == due else {
                        Issue.record("\(expression.text): expected \(due), got \(expected?.iso8601 ?? "nil")")
                        break
                    }
                    let back = expression.previous(before: due)
                    if at == start { #expect(back == nil || back! < start) } else { #expect(back == at) }
                    at = due
                    expected = expression.next(after: due)
                    compared += 1
                }
                clock.tickDay()
            }
        }
        #expect(compared > 5000)
    }
}
