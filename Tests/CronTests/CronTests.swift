import TargetTime
import Testing

@testable import Cron

private func instant(_ text: String) throws -> Instant {
    try #require(Instant.parse(iso8601: text), "\(text) is no instant")
}

@Suite struct CronTimesTests {
    /// The dates were taken from a calendar, not from the code.
    @Test(arguments: [
        ("* * * * *", "2025-01-01T00:00:00Z", "2025-01-01T00:01:00Z"),
        ("* * * * *", "2025-01-01T00:00:59.999999Z", "2025-01-01T00:01:00Z"),
        ("0 2 * * *", "2025-01-01T02:00:00Z", "2025-01-02T02:00:00Z"),
        ("0 2 * * *", "2025-01-01T01:59:59.999999Z", "2025-01-01T02:00:00Z"),
        ("59 23 31 12 *", "2025-12-31T23:59:00Z", "2026-12-31T23:59:00Z"),
        ("*/15 9-17 * * 1-5", "2025-01-03T17:45:00Z", "2025-01-06T09:00:00Z"),
        ("5/20 * * * *", "2025-01-01T00:05:00Z", "2025-01-01T00:25:00Z"),
        ("*/90 * * * *", "2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z"),
        ("0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"),
        ("0 0 29 2 *", "1999-01-01T00:00:00Z", "2000-02-29T00:00:00Z"),
        ("0 0 29 2 *", "2397-01-01T00:00:00Z", "2400-02-29T00:00:00Z"),
        ("0 0 31 * *", "2025-01-31T00:00:00Z", "2025-03-31T00:00:00Z"),
        ("0 0 30,31 2,4 *", "2025-01-01T00:00:00Z", "2025-04-30T00:00:00Z"),
        // Both day fields: either is enough. Friday 2025-06-13, Sunday 2025-06-15.
        ("0 0 13 * 0", "2025-06-12T00:00:00Z", "2025-06-13T00:00:00Z"),
        ("0 0 13 * 0", "2025-06-13T00:00:00Z", "2025-06-15T00:00:00Z"),
        ("0 0 30 2 1", "2025-01-01T00:00:00Z", "2025-02-03T00:00:00Z"),
        ("0 0 */1 * 0", "2025-06-13T00:00:00Z", "2025-06-15T00:00:00Z"),
        ("0 0 ? * 7", "2025-06-13T00:00:00Z", "2025-06-15T00:00:00Z"),
        ("0 0 * * fri-sun", "2025-06-09T00:00:00Z", "2025-06-13T00:00:00Z"),
        ("0 0 1 JAN,jul Mon", "2025-01-31T00:00:00Z", "2025-07-01T00:00:00Z"),
        ("@hourly", "2025-01-01T00:30:00Z", "2025-01-01T01:00:00Z"),
        ("@daily", "2025-01-01T00:30:00Z", "2025-01-02T00:00:00Z"),
        ("@midnight", "2025-01-01T00:30:00Z", "2025-01-02T00:00:00Z"),
        ("@weekly", "2025-01-01T00:30:00Z", "2025-01-05T00:00:00Z"),
        ("@Monthly", "2025-01-01T00:30:00Z", "2025-02-01T00:00:00Z"),
        ("@yearly", "2025-01-01T00:30:00Z", "2026-01-01T00:00:00Z"),
        ("@annually", "2025-01-01T00:30:00Z", "2026-01-01T00:00:00Z"),
        ("0 0 1 1 *", "1969-06-01T12:00:00Z", "1970-01-01T00:00:00Z"),
        ("30 6 * * *", "1969-12-31T06:29:59Z", "1969-12-31T06:30:00Z"),
    ])
    func nextAndBack(_ text: String, _ from: String, _ due: String) throws {
        let expression = try CronExpression(text)
        let next = try #require(expression.next(after: try instant(from)))
        #expect(next.iso8601 == due)
        // The time before the one after `due` is `due`, and what lies before `due` is not after `from`.
        let following = try #require(expression.next(after: next))
        #expect(following > next)
        #expect(expression.previous(before: following) == next)
        let before = try #require(expression.previous(before: next))
        #expect(before <= (try instant(from)))
    }

    @Test func previousIsStrict() throws {
        let expression = try CronExpression("0 2 * * *")
        let due = try instant("2025-03-01T02:00:00Z")
        #expect(expression.previous(before: due)?.iso8601 == "2025-02-28T02:00:00Z")
        #expect(expression.previous(before: Instant(microseconds: due.microseconds + 1)) == due)
        #expect(
            try CronExpression("0 0 29 2 *").previous(before: instant("2104-02-29T00:00:00Z"))?.iso8601
                == "2096-02-29T00:00:00Z")
    }

    @Test func endsOfTime() throws {
        let leap = try CronExpression("0 0 29 2 *")
        #expect(leap.next(after: Instant(microseconds: .min))?.iso8601 == "0004-02-29T00:00:00Z")
        #expect(leap.previous(before: Instant(microseconds: .max))?.iso8601 == "9996-02-29T00:00:00Z")
        #expect(leap.next(after: try instant("9996-02-29T00:00:00Z")) == nil)
        #expect(leap.previous(before: try instant("0004-02-29T00:00:00Z")) == nil)
        let always = try CronExpression("* * * * *")
        #expect(always.next(after: Instant(microseconds: .max)) == nil)
        #expect(always.previous(before: Instant(microseconds: .min)) == nil)
        #expect(always.next(after: .last) == nil)
        #expect(always.next(after: try instant("9999-12-31T23:59:00Z")) == nil)
        #expect(always.previous(before: .first) == nil)
        #expect(always.next(after: Instant(microseconds: Instant.first.microseconds - 1)) == .first)
        #expect(always.previous(before: Instant(microseconds: Instant.first.microseconds + 1)) == .first)
    }
}

@Suite struct CronFieldsTests {
    @Test(arguments: [
        ("*", [0, 1, 2, 3, 4, 5, 6]), ("7", [0]), ("0,7", [0]), ("5-7", [0, 5, 6]), ("0-7", [0, 1, 2, 3, 4, 5, 6]),
        ("mon-fri", [1, 2, 3, 4, 5]), ("SAT,sun", [0, 6]), ("*/2", [0, 2, 4, 6]), ("1/3", [1, 4]), ("7/2", [0]),
        ("1-5/2,6", [1, 3, 5, 6]), ("fri-0", [0, 5, 6]), ("0-7/7", [0]), ("*/6", [0, 6]),
    ])
    func daysOfWeek(_ field: String, _ values: [Int]) throws {
        #expect(try CronExpression("0 0 * * \(field)").daysOfWeek.values == values)
    }

    @Test func stepsOfMonthsCountFromOne() throws {
        #expect(try CronExpression("0 0 1 */5 *").months.values == [1, 6, 11])
        #expect(try CronExpression("0 0 */10 * *").daysOfMonth.values == [1, 11, 21, 31])
    }

    @Test(arguments: [
        ("0 0 */2 * 1", true), ("0 0 1 * */2", true), ("0 0 */2 * *", false), ("0 0 1 * 1", false),
        ("0 0 */1 * 1", false), ("0 0 1-31/2 * 1", false), ("0 0 * * */2", false),
    ])
    func ambiguous(_ text: String, _ isAmbiguous: Bool) throws {
        #expect(try CronExpression(text).isAmbiguous == isAmbiguous)
    }

    @Test func starStepRestricts() throws {
        // Monday 2025-06-02 is an even day: with a field that restricts, it is due through the other one.
        let expression = try CronExpression("0 0 */2 * 1")
        #expect(expression.next(after: try instant("2025-06-01T00:00:00Z"))?.iso8601 == "2025-06-02T00:00:00Z")
        #expect(expression.next(after: try instant("2025-06-02T00:00:00Z"))?.iso8601 == "2025-06-03T00:00:00Z")
    }

    @Test func blanksAreEvenedOut() throws {
        let expression = try CronExpression("  0\t2  * * *\n")
        #expect(expression.text == "0 2 * * *")
        #expect(expression == (try CronExpression("0 2 * * *")))
    }
}

@Suite struct CronErrorTests {
    @Test(arguments: [
        ("", "empty", "0 2 * * *"),
        ("* * * *", "4 fields, expected five", "day of the week"),
        ("*", "1 field, expected five", "day of the week"),
        ("0 0 2 * * *", "6 fields", "0 2 * * *"),
        ("0 0 2 * * * 2025", "7 fields", "0 2 * * *"),
        ("60 * * * *", "minute \"60\" is out of range", "0 to 59"),
        ("* 24 * * *", "hour \"24\" is out of range", "0 to 23"),
        ("* * 0 * *", "day of the month \"0\"", "1 to 31"),
        ("* * 32 * *", "day of the month \"32\"", "1 to 31"),
        ("* * * 13 *", "month \"13\"", "1 to 12"),
        ("* * * 0 *", "month \"0\"", "1 to 12"),
        ("* * * * 8", "day of the week \"8\"", "0 and 7 for Sunday"),
        ("99999999999999999999 * * * *", "out of range", "0 to 59"),
        ("-5 * * * *", "cannot be read", "0 to 59"),
        ("a * * * *", "cannot be read", "0 to 59"),
        ("٣ * * * *", "cannot be read", "0 to 59"),
        ("* * * january *", "cannot be read", "write jan"),
        ("* * * * Monday", "cannot be read", "write mon"),
        ("* * * * xyz", "cannot be read", "names from sun to sat"),
        ("*/0 * * * *", "step", "*/15"),
        ("*/ * * * *", "step", "*/15"),
        ("*/x * * * *", "step", "*/15"),
        ("*/5/5 * * * *", "step", "*/15"),
        ("1,,2 * * * *", "empty place", "comma"),
        (",1 * * * *", "empty place", "comma"),
        ("1- * * * *", "cannot be read", "0 to 59"),
        ("1-2-3 * * * *", "cannot be read", "0 to 59"),
        ("** * * * *", "cannot be read", "0 to 59"),
        ("* 22-4 * * *", "backwards", "22-23,0-4"),
        ("* * 25-5 * *", "backwards", "25-31,1-5"),
        ("* * * nov-feb *", "backwards", "nov-12,1-feb"),
        ("* * * * fri-mon", "backwards", "fri-6,0-mon"),
        ("0 0 L * *", "uses L", "28"),
        ("0 0 * * 5L", "uses L", "day itself"),
        ("0 0 LW * *", "uses L", "28"),
        ("0 0 15W * *", "uses W", "day itself"),
        ("0 0 * * 5#3", "uses #", "every week"),
        ("0 0 31 2 *", "none of its months has a day 31", "day 28"),
        ("0 0 30 2 *", "none of its months has a day 30", "day 28"),
        ("0 0 30,31 2 ?", "none of its months has a day 30", "day 28"),
        ("0 0 31 2,4,jun,9,11 *", "none of its months has a day 31", "day 30"),
        ("@reboot", "no time", "five fields"),
        ("@every 1h", "interval", "*/6"),
        ("@fortnightly", "not known", "@weekly"),
        ("@daily 5", "not known", "@daily"),
        ("CRON_TZ=Europe/Berlin 0 2 * * *", "time zone", "UTC"),
        ("TZ=UTC 0 2 * * *", "time zone", "UTC"),
        ("\u{1B}[2J * * * *", "?[2J", "0 to 59"),
    ])
    func refused(_ text: String, _ message: String, _ mend: String) throws {
        let error = try #require(throws: CronError.self) { try CronExpression(text) }
        #expect(error.message.contains(message))
        #expect(error.hint?.contains(mend) == true, "\(error.hint ?? "no hint")")
        #expect(error.kind == .invalidInput)
    }

    @Test(arguments: ["* 22-23,0-4 * * *", "* * * nov-12,1-feb *", "* * * * fri-6,0-mon"])
    func whatHintsSayIsAccepted(_ text: String) throws {
        _ = try CronExpression(text)
    }
}
