import Foundation
import PositionedJSON
import TargetTime
import Testing

/// A clock that is set back or forward in the middle of things: no crash, no wrong action, a clear sentence.
@Suite struct ClockTests {
    private static let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"
    private static let offsets = isWhole ? ["-1h", "-1d", "+1h", "+1d"] : ["-1d"]

    @Test func aRestoreIsGoneOnWith() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            for offset in Self.offsets {
                // Begun by one clock, gone on with by the other, and the other way round.
                for isBegunByOther in offset.hasPrefix("+") ? [false, true] : [false] {
                    let before = try await bench.prepare()
                    try await bench.hurt(
                        KillCase(step: "stop-primary", moment: .point("stop-primary.performed"), victim: .pgstanza),
                        // By a clock that is behind the target has not come yet.
                        bench.restore(before), clock: isBegunByOther ? offset : nil)
                    let other = isBegunByOther ? nil : offset
                    let status = try await box.pgstanza("restore", "status", bench.shop.id, clock: other)
                        .expect(exit: 0)
                    #expect(status.output.contains("interrupted"), "\(offset): \(status.summary)")
                    #expect(!status.output.contains("(-"), "\(offset): \(status.summary)")
                    try await bench.resumeAndCheck(before, clock: other)
                    let ended = try #require(
                        Instant.parse(iso8601: try bench.journal()["endedAt"]?.stringValue ?? ""))
                    // The other clock was really the one that was read.
                    let wanted = Instant.now().adding(seconds: FakeClock.seconds(other))
                    #expect(abs(ended.seconds(since: wanted)) < 300, "\(offset): \(ended)")
                    print("fault: clock \(offset), \(isBegunByOther ? "then right" : "after the kill"): as before")
                }
            }
        }
    }

    @Test func aSavedPlanIsAppliedOrRefused() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            for offset in Self.offsets {
                let before = try await bench.prepare()
                let plan = box.path + "/out/plan\(offset).json"
                try await box.pgstanza(
                    "restore", bench.shop.id, "--target", before.target, "--save-plan", plan, "--plan"
                )
                .expect(exit: 0)
                let result = try await box.pgstanza(
                    "restore", "apply", plan, "--yes", "--json", clock: offset)
                // By a clock that is behind it the target has not come yet.
                #expect(result.exitCode == (offset.hasPrefix("-") ? 73 : 0), "\(offset): \(result.summary)")
                if result.exitCode != 0 {
                    let error = try result.jsonError()["error"]
                    let message = error?["message"]?.stringValue ?? ""
                    #expect(message.contains("future") && !message.contains("\n"), "\(offset): \(result.summary)")
                    #expect(error?["hint"]?.stringValue?.isEmpty == false, "\(offset): \(result.summary)")
                    #expect(try await bench.primary.contents(of: "t") == before.latest, "\(offset)")
                    try await box.pgstanza("restore", "apply", plan, "--yes").expect(exit: 0)
                }
                print("fault: clock \(offset), a plan applied: exit \(result.exitCode)")
                try await bench.check(before)
                // To the end of the WAL, whatever time it is.
                let latest = try await box.pgstanza(
                    "restore", bench.shop.id, "--yes", "--json", clock: offset
                ).expect(exit: 0).json()
                #expect(latest["state"]?.stringValue == "done")
                try await bench.check(before)
            }
        }
    }

    @Test func schedulesAreRunNeitherTwiceNorNeverAgain() async throws {
        try await withSandbox { box in
            let quiet = QuietMinutes.tenMinutesAgo()
            try await box.create(box.spec(schedules: [Sandbox.schedule("hourly", "incr", quiet.hourly)]))
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)
            try box.backdateSchedules(hours: 1)
            func runDue(_ offset: String?) async throws -> Int {
                let result = try await box.pgstanza(
                    "schedule", "run-due", "-q", clock: offset
                ).expect(exit: 0)
                #expect(result.output.isEmpty && result.errorOutput.isEmpty, "\(result.summary)")
                return try await box.backupTypes().count
            }
            #expect(try await runDue(nil) == 2)
            // Back: what was run is not run again, and what was never due is not.
            #expect(try await runDue("-30m") == 2)
            #expect(try await runDue("-1d") == 2)
            #expect(try await runDue(nil) == 2)
            // Ahead: what is due by that clock, once.
            #expect(try await runDue("+1h") == 3)
            #expect(try await runDue("+1h") == 3)
            #expect(try await runDue("+1d") == 4)
            // Right again: nothing at once, but not nothing for a day either.
            #expect(try await runDue(nil) == 4)
            #expect(try await runDue("+1h") == 5)
            try await box.pgstanza("schedule", "list", "shop", clock: "-1d").expect(
                exit: 0)
        }
    }

    /// What pgBackRest makes of it, which names backups by its clock: they stay in the order in which they were taken.
    @Test func aBackupByAClockThatWasSetBack() async throws {
        try await withSandbox { box in
            let marker = box.path + "/clock-is-back"
            let other = try FakeClock.prefix("-1d") + ["/usr/bin/pgbackrest"]
            let text = try box.write(
                "out/pgbackrest.sh",
                "#!/bin/sh\n[ -e '\(marker)' ] && exec \(shellQuoted(other)) \"$@\"\nexec /usr/bin/pgbackrest \"$@\"\n")
            try await box.run(["install", "-D", "-m", "755", text, box.path + "/back/pgbackrest"]).expect(exit: 0)
            let shop = try await box.createShop { draft in
                draft = draft.replacing(
                    "spec", "orchestrator_opts", "local", "pgbackrest",
                    with: ["bin": .string(box.path + "/back/pgbackrest")])
            }
            try await shop.backup()
            try await shop.primary().query("INSERT INTO t VALUES (2, 'by the clock that was set back')")
            try box.write("clock-is-back", "")
            let taken = try await box.pgstanza("backup", shop.id, "--type", "incr", "--json", clock: "-1d")
            if taken.exitCode != 0 {
                let error = try taken.jsonError()["error"]
                let text = (error?["message"]?.stringValue ?? "") + (error?["hint"]?.stringValue ?? "")
                #expect(taken.exitCode == 1 && text.contains("clock"), "\(taken.summary)")
            }
            try FileManager.default.removeItem(atPath: marker)
            try await shop.backup("incr")
            #expect(try await box.backupTypes() == ["full"] + (taken.exitCode == 0 ? ["incr"] : []) + ["incr"])
            try await shop.restore()
            #expect(try await shop.primary().value("SELECT count(*) FROM t") == "2")
        }
    }
}
