import Catalog
import Scheduling
import Spec
import TargetTime
import Testing

@Suite("The account of a node's schedules")
struct LedgerTests {
    static let nightly = schedule("nightly", .full, "0 0 * * *")
    static let hourly = schedule("hourly", .incr, "0 * * * *")
    static let own = ProcessIdentity(pid: 1, startTicks: 1, bootID: "now")
    static let other = ProcessIdentity(pid: 2, startTicks: 2, bootID: "now")

    static func ledger(
        _ schedules: [PlannedSchedule] = [hourly, nightly], since: String = "2025-01-01T10:30"
    ) -> ScheduleLedger {
        ScheduleLedger(NodeSchedules(), schedules: schedules, accepted: at(since))
    }

    static func look(_ ledger: inout ScheduleLedger, _ now: String, isOn: Bool = true) -> DueLook {
        ledger.look(at: at(now), isOn: isOn) { $0 == own }
    }

    /// Looks, and runs what is due to its end within the minute; gives which schedule ran.
    static func run(_ ledger: inout ScheduleLedger, _ now: String, as end: RunEnd = .done) -> String? {
        guard case .work(let work) = look(&ledger, now) else { return nil }
        ledger.begin(work, at: at(now), by: own)
        ledger.end(work, as: end, at: at(now).adding(seconds: 30), by: own, task: "t")
        return work.schedule
    }

    @Test("a schedule counts from the moment it was accepted")
    func counting() {
        var ledger = Self.ledger(since: "2025-01-01T10:00:30")
        #expect(Self.look(&ledger, "2025-01-01T10:01") == .nothing)
        #expect(Self.look(&ledger, "2025-01-01T10:59:59") == .nothing)
        #expect(Self.run(&ledger, "2025-01-01T11:00") == "hourly")
        #expect(Self.look(&ledger, "2025-01-01T11:00:45") == .nothing)
        #expect(ledger.node.schedules["hourly"]?.tally.ran == 1)
        #expect(ledger.node.schedules["hourly"]?.last?.outcome == .done)
        #expect(ledger.node.schedules["hourly"]?.last?.slot == at("2025-01-01T11:00"))
    }

    @Test("a clock that was ahead for a while keeps nothing from being run when it is right again")
    func clockSetBack() {
        var ledger = Self.ledger(since: "2025-01-01T10:30")
        #expect(Self.run(&ledger, "2025-01-01T11:00") == "hourly")
        // Half an hour back: what was run is not run again.
        #expect(Self.look(&ledger, "2025-01-01T10:31") == .nothing)
        #expect(Self.look(&ledger, "2025-01-01T11:00") == .nothing)
        #expect(Self.run(&ledger, "2025-01-01T12:00") == "hourly")
        // A year ahead, and right again.
        #expect(Self.run(&ledger, "2026-01-01T12:00", as: .hindered("no")) != nil)
        #expect(Self.run(&ledger, "2026-01-01T12:20") != nil)
        #expect(Self.look(&ledger, "2025-01-01T12:30") == .nothing)
        #expect(Self.run(&ledger, "2025-01-01T13:00") == "hourly")
        #expect(Self.run(&ledger, "2025-01-02T00:00") == "nightly")
        // Two days back, and right again: what was run by the right clock is not run again.
        #expect(Self.look(&ledger, "2024-12-31T00:30") == .nothing)
        #expect(Self.run(&ledger, "2024-12-31T01:00") == "hourly")
        #expect(Self.look(&ledger, "2025-01-02T00:30") == .nothing)
        #expect(Self.run(&ledger, "2025-01-02T01:00") == "hourly")
    }

    @Test("of two that are due together the fuller runs, and the other is superseded")
    func together() {
        var ledger = Self.ledger(since: "2025-01-01T23:30")
        #expect(Self.run(&ledger, "2025-01-02T00:00") == "nightly")
        #expect(Self.look(&ledger, "2025-01-02T00:01") == .nothing)
        let hourly = ledger.node.schedules["hourly"]
        #expect(hourly?.tally.superseded == 1)
        #expect(hourly?.last?.outcome == .superseded)
        #expect(hourly?.last?.message == "nightly")
        #expect(ledger.node.schedules["nightly"]?.tally.ran == 1)
    }

    @Test("what was missed is made up for once, by the fullest type of it")
    func missed() {
        var ledger = Self.ledger(since: "2025-01-01T21:30")
        // Down over midnight: three hourlies before it, five after, and the nightly.
        #expect(Self.run(&ledger, "2025-01-02T05:20") == "nightly")
        #expect(Self.look(&ledger, "2025-01-02T05:21") == .nothing)
        #expect(ledger.node.schedules["nightly"]?.tally.caughtUp == 1)
        #expect(ledger.node.schedules["hourly"]?.tally.superseded == 8)

        // Down for three hours: one run for three minutes.
        #expect(Self.run(&ledger, "2025-01-02T08:10") == "hourly")
        #expect(ledger.node.schedules["hourly"]?.tally.caughtUp == 3)
        #expect(ledger.node.schedules["hourly"]?.tally.ran == 0)
    }

    @Test("a run that is going is not started twice, and what comes due meanwhile waits for its end")
    func going() {
        var ledger = Self.ledger(since: "2025-01-01T23:30")
        guard case .work(let work) = Self.look(&ledger, "2025-01-02T00:00") else {
            Issue.record("nothing is due")
            return
        }
        ledger.begin(work, at: at("2025-01-02T00:00"), by: Self.own)
        #expect(Self.look(&ledger, "2025-01-02T00:01") == .running("nightly"))
        #expect(Self.look(&ledger, "2025-01-02T02:01") == .running("nightly"))
        ledger.end(work, as: .done, at: at("2025-01-02T02:10"), by: Self.own, task: nil)
        #expect(Self.run(&ledger, "2025-01-02T02:11") == "hourly")
        #expect(ledger.node.schedules["hourly"]?.tally.superseded == 1)
        #expect(ledger.node.schedules["hourly"]?.tally.caughtUp == 2)
    }

    @Test("a run whose process is gone is taken up again, three times at most")
    func gone() {
        var ledger = Self.ledger([Self.nightly], since: "2025-01-01T23:30")
        for minute in 0..<3 {
            let now = "2025-01-02T00:0\(minute)"
            guard case .work(let work) = Self.look(&ledger, now) else {
                Issue.record("nothing is due at \(now)")
                return
            }
            ledger.begin(work, at: at(now), by: Self.other)
        }
        #expect(Self.look(&ledger, "2025-01-02T00:03") == .nothing)
        #expect(ledger.node.schedules["nightly"]?.tally.failed == 1)
        #expect(ledger.node.schedules["nightly"]?.last?.outcome == .interrupted)
    }

    @Test("a failure counts as run; one that may pass is tried again after a while")
    func failures() {
        var ledger = Self.ledger(since: "2025-01-01T10:30")
        #expect(Self.run(&ledger, "2025-01-01T11:00", as: .failed("no space")) == "hourly")
        #expect(Self.look(&ledger, "2025-01-01T11:01") == .nothing)
        #expect(ledger.node.schedules["hourly"]?.tally.failed == 1)
        #expect(ledger.node.schedules["hourly"]?.last?.message == "no space")

        #expect(Self.run(&ledger, "2025-01-01T12:00", as: .hindered("down")) == "hourly")
        #expect(Self.look(&ledger, "2025-01-01T12:05") == .nothing)
        #expect(Self.run(&ledger, "2025-01-01T12:11", as: .hindered("down")) == "hourly")
        #expect(Self.run(&ledger, "2025-01-01T12:22", as: .hindered("down")) == "hourly")
        // It has failed three times: that was it, until the next hour.
        #expect(Self.look(&ledger, "2025-01-01T12:59") == .nothing)
        #expect(ledger.node.schedules["hourly"]?.tally.failed == 2)
        #expect(Self.run(&ledger, "2025-01-01T13:00") == "hourly")
    }

    @Test("when the fuller one fails, what it would have covered is still due")
    func fullerFails() {
        var ledger = Self.ledger(since: "2025-01-01T23:30")
        #expect(Self.run(&ledger, "2025-01-02T00:00", as: .failed("no space")) == "nightly")
        #expect(Self.run(&ledger, "2025-01-02T00:01") == "hourly")
    }

    @Test("a node whose backups are off is told of once a day, and nothing is made up for later")
    func off() {
        var ledger = Self.ledger(since: "2025-01-01T10:30")
        #expect(Self.look(&ledger, "2025-01-01T10:45", isOn: false) == .off(tell: false))
        #expect(Self.look(&ledger, "2025-01-01T11:00", isOn: false) == .off(tell: true))
        for hour in 12...23 { #expect(Self.look(&ledger, "2025-01-01T\(hour):00", isOn: false) == .off(tell: false)) }
        #expect(Self.look(&ledger, "2025-01-02T10:59", isOn: false) == .off(tell: false))
        #expect(Self.look(&ledger, "2025-01-02T11:00", isOn: false) == .off(tell: true))
        #expect(Self.look(&ledger, "2025-01-02T11:30") == .nothing)
        #expect(ledger.node.schedules["hourly"]?.tally.off == 25)
        #expect(ledger.node.schedules["nightly"]?.tally.off == 1)
        #expect(Self.run(&ledger, "2025-01-02T12:00") == "hourly")
    }

    @Test("a changed schedule begins to count anew, one that is gone is forgotten")
    func changed() {
        var ledger = Self.ledger(since: "2025-01-01T10:30")
        #expect(Self.run(&ledger, "2025-01-01T11:00") == "hourly")
        var next = ScheduleLedger(
            ledger.node, schedules: [schedule("hourly", .incr, "15 * * * *"), schedule("late", .diff, "0 * * * *")],
            accepted: at("2025-01-01T13:30"))
        #expect(next.node.schedules["nightly"] == nil)
        #expect(Self.look(&next, "2025-01-01T13:45") == .nothing)
        #expect(next.node.schedules["hourly"]?.last?.slot == at("2025-01-01T11:00"))
        #expect(Self.run(&next, "2025-01-01T14:00") == "late")
        #expect(Self.run(&next, "2025-01-01T14:15") == "hourly")
    }

    // MARK: By name, as a line of a crontab asks

    static func look(_ ledger: inout ScheduleLedger, for id: String, _ now: String) -> NamedLook? {
        ledger.look(for: id, at: at(now)) { $0 == own }
    }

    @Test("lines of a crontab that begin in the same minute: the lesser one yields, whichever is first")
    func lines() {
        for first in ["hourly", "nightly"] {
            var ledger = Self.ledger(since: "2025-01-01T23:30")
            if first == "hourly" {
                #expect(Self.look(&ledger, for: "hourly", "2025-01-02T00:00:01") == .superseded(by: "nightly"))
            }
            guard case .work(let work)? = Self.look(&ledger, for: "nightly", "2025-01-02T00:00:01") else {
                Issue.record("the nightly does not run")
                return
            }
            ledger.begin(work, at: at("2025-01-02T00:00:01"), by: Self.own)
            if first == "nightly" {
                #expect(Self.look(&ledger, for: "hourly", "2025-01-02T00:00:02") == .superseded(by: "nightly"))
            }
            #expect(Self.look(&ledger, for: "nightly", "2025-01-02T00:00:03") == .running)
            // An hour later it is still going: the hourly is put off, not failed.
            #expect(
                Self.look(&ledger, for: "hourly", "2025-01-02T01:00:01") == .busy(with: "nightly", wait: false))
            ledger.end(work, as: .done, at: at("2025-01-02T01:30"), by: Self.own, task: nil)
            #expect(ledger.node.schedules["hourly"]?.tally.superseded == 1)
            guard case .work(let next)? = Self.look(&ledger, for: "hourly", "2025-01-02T02:00:01") else {
                Issue.record("the hourly does not run")
                return
            }
            ledger.begin(next, at: at("2025-01-02T02:00:01"), by: Self.own)
            ledger.end(next, as: .done, at: at("2025-01-02T02:01"), by: Self.own, task: nil)
            #expect(ledger.node.schedules["hourly"]?.tally.caughtUp == 1)
            #expect(ledger.node.schedules["hourly"]?.tally.ran == 1)
        }
    }

    @Test("a second call for one minute does nothing, one out of turn runs")
    func calls() {
        var ledger = Self.ledger(since: "2025-01-01T10:30")
        #expect(Self.run(&ledger, "2025-01-01T11:00") == "hourly")
        #expect(
            Self.look(&ledger, for: "hourly", "2025-01-01T11:00:40") == .alreadyRun(at("2025-01-01T11:00")))
        guard case .work(let work)? = Self.look(&ledger, for: "nightly", "2025-01-01T11:20") else {
            Issue.record("a run out of turn is refused")
            return
        }
        #expect(work.slot == nil)
        ledger.begin(work, at: at("2025-01-01T11:20"), by: Self.own)
        #expect(Self.look(&ledger, for: "hourly", "2025-01-01T11:21") == .busy(with: "nightly", wait: true))
        ledger.end(work, as: .done, at: at("2025-01-01T11:25"), by: Self.own, task: nil)
        #expect(ledger.node.schedules["nightly"]?.tally.sum == 0)
        #expect(ledger.node.schedules["nightly"]?.last?.outcome == .done)
        #expect(Self.look(&ledger, for: "weekly", "2025-01-01T11:30") == nil)
    }
}
