import Foundation
import PositionedJSON
import TargetTime
import Testing

/// What is due is run, once, and taken note of.
@Suite struct ScheduleRunTests {
    @Test func manyRunDuesAtOnceTakeEachDueBackupOnce() async throws {
        try await withSandbox { box in
            let quiet = QuietMinutes.tenMinutesAgo()
            try await box.create(
                box.spec(
                    nodes: 2,
                    schedules: [
                        Sandbox.schedule("hourly", "incr", quiet.hourly),
                        Sandbox.schedule("nightly", "full", quiet.daily),
                    ]))
            // Accepted after its minute: nothing is due.
            let before = try await box.pgstanza("schedule", "run-due").expect(exit: 0)
            #expect(before.output.isEmpty && before.errorOutput.isEmpty)
            try box.backdateSchedules(hours: 30)
            let due = try await box.pgstanza("schedule", "run-due", "--dry-run").expect(exit: 0)
            #expect(due.lines == ["shop n1: full backup, due by nightly", "shop n2: full backup, due by nightly"])
            #expect(try await box.backupTypes().isEmpty)

            let programs = try (0..<20).map { _ in try box.startPgstanza("schedule", "run-due", "-q", "--jobs", "2") }
            for program in programs {
                let result = try await program.wait(timeLimit: 240).expect(exit: 0)
                #expect(result.output.isEmpty && result.errorOutput.isEmpty, "\(result.summary)")
            }
            for node in ["n1", "n2"] {
                #expect(try await box.backupTypes(node: node) == ["full"])
                let nightly = try await box.scheduleReport("nightly", node: node)
                #expect(nightly["last"]?["outcome"]?.stringValue == "done")
                let task = try #require(nightly["last"]?["task"]?.stringValue)
                try await box.pgstanza("task", "show", task).expect(exit: 0)
                #expect(nightly["overdue_since"] == .null)
                // Thirty hours: two of its minutes were missed, and one run makes up for both.
                #expect(nightly["counts"]?["caught_up"]?.intValue == 2)
                let hourly = try await box.scheduleReport("hourly", node: node)
                #expect(hourly["last"]?["outcome"]?.stringValue == "superseded")
                #expect(hourly["last"]?["message"]?.stringValue == "nightly")
                #expect(hourly["counts"]?["superseded"]?.intValue == 30)
            }
            let again = try await box.pgstanza("schedule", "run-due").expect(exit: 0)
            #expect(again.output.isEmpty && again.errorOutput.isEmpty)

            let status = try JSONTree.parse(box.read("\(box.home)/databases/shop/status.json"))
            for node in ["n1", "n2"] {
                #expect(status["nodes"]?[node]?["backups"]?.stringValue == "on")
                #expect(status["nodes"]?[node]?["last_full"]?["type"]?.stringValue == "full")
                let nightly = status["nodes"]?[node]?["schedules"]?["nightly"]
                #expect(nightly?["last"]?["outcome"]?.stringValue == "done")
                #expect(Instant.parse(iso8601: nightly?["next"]?.stringValue ?? "") ?? .first > .now())
            }
        }
    }

    @Test func linesOfACrontabYieldToTheFullerOneAndAreRecorded() async throws {
        try await withSandbox { box in
            let quiet = QuietMinutes.tenMinutesAgo()
            try await box.create(
                box.spec(schedules: [
                    Sandbox.schedule("hourly", "incr", quiet.hourly), Sandbox.schedule("nightly", "full", quiet.daily),
                ]))
            try box.backdateSchedules(hours: 1)
            let lines = try ["hourly", "nightly"].map {
                try box.startPgstanza("backup", "shop", "--schedule", $0, "-q")
            }
            for line in lines {
                let result = try await line.wait(timeLimit: 180).expect(exit: 0)
                #expect(result.output.isEmpty && result.errorOutput.isEmpty, "\(result.summary)")
            }
            #expect(try await box.backupTypes() == ["full"])
            #expect(try await box.scheduleReport("nightly")["counts"]?["caught_up"]?.intValue == 1)
            #expect(try await box.scheduleReport("hourly")["counts"]?["superseded"]?.intValue == 1)

            // Out of turn: it runs all the same, and is recorded.
            let extra = try await box.pgstanza("backup", "shop", "--schedule", "hourly", "--json").expect(exit: 0)
            #expect(try extra.json()["backups"]?[0]?["type"]?.stringValue == "incr")
            #expect(try await box.scheduleReport("hourly")["last"]?["outcome"]?.stringValue == "done")
            #expect(try await box.scheduleReport("hourly")["last"]?["slot"] == .null)
            let unknown = try await box.pgstanza("backup", "shop", "--schedule", "weekly").expect(exit: 66)
            #expect(unknown.errorOutput.contains("weekly"))

            // A server that is down may be there again soon: what is due stays due, and nothing hides it.
            try await box.pgstanza("db", "stop", "shop").expect(exit: 0)
            try box.backdateSchedules(hours: 1)
            let file = "\(box.home)/databases/shop/schedules.json"
            let state = try JSONTree.parse(box.read(file)).replacing(
                "nodes", "n1", "schedules", "hourly", "accounted_until", with: .null)
            try box.write(file, state.text(pretty: true), mode: 0o600)
            let down = try await box.pgstanza("schedule", "run-due", "-q").expect(exit: 69)
            #expect(down.output.isEmpty)
            #expect(down.errorOutput.hasPrefix("error: the server of n1"), "\(down.summary)")
            let late = try await box.scheduleReport("hourly")
            #expect(late["last"]?["outcome"]?.stringValue == "failed")
            #expect(Instant.parse(iso8601: late["overdue_since"]?.stringValue ?? "") != nil)
            // Not before a while, and not every minute.
            try await box.pgstanza("schedule", "run-due").expect(exit: 0)
        }
    }

    /// `schedule run` in the foreground: a backup that is going when SIGTERM comes ends in good order and is due again.
    @Test func theForegroundRunnerStopsABackupCleanly() async throws {
        try await withSandbox { box in
            let hook = try box.write(
                "hook.sh",
                """
                #!/bin/sh
                [ -e \(box.path)/hold ] || exit 0
                touch \(box.path)/held
                exec sleep 300
                """, mode: 0o755)
            let quiet = QuietMinutes.tenMinutesAgo()
            try box.write("hold", "")
            try await box.create(
                box.spec(schedules: [Sandbox.schedule("nightly", "full", quiet.daily)])
                    .replacing("spec", "orchestrator_opts", "local", "hooks", with: ["before_backup": [.string(hook)]]))
            try box.backdateSchedules(hours: 1)
            let held = try box.startPgstanza("schedule", "run", as: .account)
            try await waitUntil("the hook runs") { box.exists("held") }
            #expect(try await box.scheduleReport("nightly")["running"] == true)
            // Nobody else starts it.
            try await box.pgstanza("schedule", "run-due", "-q").expect(exit: 0)
            held.signal(SIGTERM)
            try await held.wait().expect(exit: 143)
            #expect(try await box.scheduleReport("nightly")["last"]?["outcome"]?.stringValue == "interrupted")
            #expect(try await box.backupTypes().isEmpty)

            try FileManager.default.removeItem(atPath: box.path + "/hold")
            let runner = try box.startPgstanza("schedule", "run", as: .account)
            try await waitUntil("the backup is done") {
                try await box.scheduleReport("nightly")["last"]?["outcome"]?.stringValue == "done"
            }
            runner.signal(SIGTERM)
            try await runner.wait().expect(exit: 0)
            #expect(runner.errorOutputSoFar.contains("stopped"))
            #expect(try await box.backupTypes() == ["full"])
        }
    }
}
