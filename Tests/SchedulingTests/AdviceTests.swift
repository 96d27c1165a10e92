import Scheduling
import Spec
import TargetTime
import Testing

@Suite("Warnings about schedules")
struct AdviceTests {
    static func warnings(
        _ schedules: [PlannedSchedule], days: Int? = nil, count: Int? = nil
    ) -> [String] {
        let repository = Repository(
            id: "local", kind: .posix, basePath: "/backups", retentionFull: days ?? count,
            retentionFullType: count == nil ? nil : .count)
        return ScheduleAdvice.warnings(schedules, repositories: [repository], now: at("2025-01-01T10:30"))
    }

    @Test("a good plan has none")
    func good() {
        #expect(Self.warnings([schedule("nightly", .full, "0 2 * * *"), schedule("hourly", .incr, "0 * * * *")]) == [])
        #expect(Self.warnings([schedule("weekly", .full, "0 2 * * 0"), schedule("daily", .diff, "0 2 * * 1-6")]) == [])
        #expect(Self.warnings([]) == [])
    }

    @Test("no full backups")
    func noFull() {
        let found = Self.warnings([schedule("hourly", .incr, "0 * * * *")])
        #expect(found.count == 1)
        #expect(found.first?.contains("no schedule takes full backups") == true)
    }

    @Test("many incrementals on one full backup, unless there are differentials")
    func chain() {
        let weekly = schedule("weekly", .full, "0 2 * * 0")
        let hourly = schedule("hourly", .incr, "30 * * * *")
        let found = Self.warnings([weekly, hourly])
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("up to 168 incremental backups rest on one full backup") == true)
        #expect(Self.warnings([weekly, hourly, schedule("daily", .diff, "0 2 * * 1-6")]) == [])
    }

    @Test("full backups that come less often than they are kept")
    func expiry() {
        let monthly = schedule("monthly", .full, "0 2 1 * *")
        let found = Self.warnings([monthly], days: 7)
        #expect(found.count == 1)
        #expect(found.first?.contains("keeps 7 days, and up to 31 days pass between full backups") == true)
        #expect(Self.warnings([monthly], days: 31) == [])
        #expect(Self.warnings([monthly], count: 2) == [])
    }

    @Test("a schedule that another one always covers")
    func collision() {
        let found = Self.warnings([
            schedule("nightly", .full, "0 2 * * *"), schedule("sunday", .incr, "0 2 * * 0"),
            schedule("again", .full, "0 2 * * *"),
        ])
        #expect(found.count == 2)
        #expect(found[0].contains("sunday (incr) never runs: whenever it is due, nightly (full) is due too"))
        #expect(found[1].contains("again (full) never runs"))
    }

    @Test("the next runs of several schedules are in order")
    func upcoming() {
        let schedules = [schedule("hourly", .incr, "0 * * * *"), schedule("nightly", .full, "0 12 * * *")]
        let runs = UpcomingRuns.of(schedules, expression: { $0 }, after: at("2025-01-01T10:30"), count: 2)
        #expect(runs.map(\.item.id) == ["hourly", "hourly", "nightly", "nightly"])
        #expect(
            runs.map(\.at) == [
                at("2025-01-01T11:00"), at("2025-01-01T12:00"), at("2025-01-01T12:00"), at("2025-01-02T12:00"),
            ])
    }
}
