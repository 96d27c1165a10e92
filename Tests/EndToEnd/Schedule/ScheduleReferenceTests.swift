import Cron
import Foundation
import Scheduling
import TargetTime
import Testing

/// Cron expressions against what others make of them.
@Suite struct ScheduleReferenceTests {
    /// 10,000 random expressions and instants, leap days and the year 2100 included.
    @Test func nextAndPreviousRunsAreThoseOfCroniter() async throws {
        let cases = try await CronReference.random(10_000, seed: 20_250_101)
        #expect(cases.count == 10_000)
        var wrong: [String] = []
        for sample in cases {
            let from = Instant(seconds: sample.from)
            guard let expression = try? CronExpression(sample.expression) else {
                if sample.next != nil { wrong.append("\(sample.expression): refused") }
                continue
            }
            let found = (expression.next(after: from), expression.previous(before: from))
            let expected = (sample.next.map { Instant(seconds: $0) }, sample.previous.map { Instant(seconds: $0) })
            if found != expected { wrong.append("\(sample.expression) from \(from): \(found), expected \(expected)") }
        }
        let count = wrong.count
        #expect(count == 0, "\(wrong.prefix(10).joined(separator: "\n"))")
    }

    /// Every line that an installed timer could have, over its next 20 runs, in zones with and without summer time,
    /// from before the clocks change.
    @Test(.enabled(if: SystemdCalendar.isThere, "there is no systemd-analyze"))
    func timersElapseWhenSchedulesAreDue() async throws {
        let fixed = [
            "0 2 * * *", "@hourly", "@weekly", "*/15 9-17 * * 1-5", "5/20 */6 ? jan,dec SUN", "0 0 1,15 * 7",
            "0 0 */10 * 1", "0 0 29 2 *", "0 0 30 2 mon", "59 23 31 12 *", "30 1,2,6,7 * 3,11 *", "*/7 * * * *",
        ]
        // No 29 February of a weekday: systemd does not look as far ahead as the next twenty of them.
        let random = try await CronReference.random(400, seed: 7).map(\.expression).filter { text in
            guard let expression = try? CronExpression(text) else { return false }
            return expression.next(after: Instant(seconds: 2_500_000_000)) != nil && expression.months.values.count > 2
        }.prefix(90)
        let expressions = try (fixed + random).map { try CronExpression($0) }
        let lines = expressions.map(CalendarExpression.lines)
        for (zone, base) in [
            ("America/New_York", "2026-03-07 00:00:00 UTC"), ("America/New_York", "2026-10-31 00:00:00 UTC"),
            ("Asia/Kolkata", "2027-12-30 23:59:00 UTC"), ("UTC", "2028-02-28 12:00:00 UTC"),
        ] {
            let elapses = try await SystemdCalendar.elapses(lines.flatMap { $0 }, base: base, zone: zone)
            guard elapses.count == lines.flatMap({ $0 }).count else {
                Issue.record("systemd-analyze said something about \(elapses.count) lines only")
                return
            }
            var index = 0
            for (expression, own) in zip(expressions, lines) {
                // A moment that both lines of an expression name is one run.
                let found = Set(elapses[index..<(index + own.count)].flatMap { $0 }).sorted().prefix(20)
                index += own.count
                var due: [Instant] = []
                var at = try #require(Instant.parse(iso8601: base.replacingOccurrences(of: " UTC", with: "+00")))
                while due.count < 20, let next = expression.next(after: at) {
                    due.append(next)
                    at = next
                }
                #expect(Array(found) == due, "\(expression.text) as \(own) in \(zone)")
            }
        }
    }
}

/// `systemd-analyze calendar`.
enum SystemdCalendar {
    static let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")

    /// The next 20 times of each line.
    static func elapses(_ lines: [String], base: String, zone: String) async throws -> [[Instant]] {
        let directory = "/tmp/pgs-\(getpid())-calendar-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let program = try RunningProgram.start(
            ["/usr/bin/systemd-analyze", "calendar", "--iterations=20", "--base-time=\(base)"] + lines,
            environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": zone], directory: directory,
            outputPath: directory + "/output", errorPath: directory + "/errors", shownAs: "systemd-analyze calendar")
        let output = try await program.wait().expect(exit: 0).output
        return output.components(separatedBy: "\n\n").map { block in
            block.split(separator: "\n").compactMap { line in
                // In another zone than UTC every time is said twice.
                let isTime =
                    zone == "UTC"
                    ? line.contains("Next elapse:") || line.contains("Iter. #") : line.contains("(in UTC):")
                guard isTime, let utc = line.range(of: ": ") else { return nil }
                let words = line[utc.upperBound...].split(separator: " ")
                guard words.count == 4, words[3] == "UTC" else { return nil }
                return Instant.parse(iso8601: "\(words[1])T\(words[2])Z")
            }
        }
    }
}
