import Catalog
import Foundation
import PositionedJSON
import TargetTime
import Testing

@Suite("pgstanza task")
struct TaskCommandTests {
    /// Ends of tasks that a home can hold.
    private func prepare(_ place: Place) throws -> (done: String, failed: String, gone: String) {
        let tasks = Tasks(home: place.home)
        let start = Instant(seconds: 1_800_000_000)
        let done = try tasks.create(
            kind: "backup", database: "example", nodes: ["n1"], command: "pgstanza backup example", now: start)
        done.log("all is well", now: start)
        try done.finish(.done, now: start.adding(seconds: 65))
        let failed = try tasks.create(
            kind: "restore", database: "example", command: "", now: start.adding(seconds: 100))
        try failed.finish(
            .failed, error: TaskError(code: "busy", message: "somebody has it", hint: "wait", exitCode: 75))
        let gone = try tasks.create(kind: "backup", database: "other", command: "", now: start.adding(seconds: 200))
        var record = gone.record
        record.process = ProcessIdentity(pid: getpid(), startTicks: 1, bootID: "another")
        try StateDocument.write(record, to: place.home.taskFile("other", task: gone.id))
        try place.giveHome()
        return (done.id, failed.id, gone.id)
    }

    @Test("list and show, newest first, with states and errors")
    func list() async throws {
        try await Place.with { place in
            let ids = try prepare(place)
            let all = try await place.run("task", "list", "--json")
            #expect(all.status == 0, "\(all.error)")
            let tasks = try #require(try all.json()["tasks"]?.arrayValue)
            #expect(tasks.compactMap { $0["id"]?.stringValue } == [ids.gone, ids.failed, ids.done])
            #expect(tasks.compactMap { $0["state"]?.stringValue } == ["interrupted", "failed", "done"])
            #expect(tasks[1]["error"]?["exit_code"]?.intValue == 75)
            #expect(tasks[2]["error"] == .null)
            #expect(tasks[2]["nodes"] == ["n1"])
            #expect(tasks[2]["started_at"] == "2027-01-15T08:00:00Z")
            #expect(tasks[2]["ended_at"] == "2027-01-15T08:01:05Z")

            let one = try await place.run("task", "list", "example", "-n", "1")
            #expect(one.status == 64)
            let newest = try await place.run("task", "list", "example", "--count", "1")
            #expect(newest.output.contains(ids.failed) && !newest.output.contains(ids.done))
            let show = try await place.run("task", "show", ids.failed)
            #expect(show.output.contains("state     failed\n"))
            #expect(show.output.contains("error     somebody has it\nhint      wait\n"))
            let shown = try await place.run("task", "show", ids.done, "--json")
            #expect(try shown.json()["tasks"]?.arrayValue?.count == 1)
            let none = try await place.run("task", "list", "nothing")
            #expect(none.status == 66)
        }
    }

    @Test("the log is printed as it is")
    func log() async throws {
        try await Place.with { place in
            let ids = try prepare(place)
            let log = try await place.run("task", "log", ids.done)
            #expect(log.output == "2027-01-15T08:00:00Z all is well\n")
            let followed = try await place.run("task", "log", ids.done, "--follow")
            #expect(followed.output == log.output)
            let json = try await place.run("task", "log", ids.done, "--json")
            #expect(try json.json()["lines"] == ["2027-01-15T08:00:00Z all is well"])
            #expect(try await place.run("task", "log", ids.failed).output.isEmpty)
        }
    }

    @Test("waiting ends as the task did")
    func wait() async throws {
        try await Place.with { place in
            let ids = try prepare(place)
            let done = try await place.run("task", "wait", ids.done)
            #expect(done.status == 0)
            #expect(done.output == "\(ids.done) done\n")
            let failed = try await place.run("task", "wait", ids.failed, "--json")
            #expect(failed.status == 75)
            #expect(try failed.json()["tasks"]?[0]?["state"] == "failed")
            #expect(try failed.errorJSON()["error"]?["code"] == "busy")
            #expect(failed.error.contains("hint: wait\n"))
            let gone = try await place.run("task", "wait", ids.gone)
            #expect(gone.status == 1)
            #expect(gone.error.contains("its process is gone"))
        }
    }

    @Test("a task that has ended cannot be cancelled")
    func cancelEnded() async throws {
        try await Place.with { place in
            let ids = try prepare(place)
            for (id, state) in [(ids.done, "done"), (ids.gone, "interrupted")] {
                let run = try await place.run("task", "cancel", id)
                #expect(run.status == 73)
                #expect(run.error.contains("is not running: it is \(state)"))
            }
            let none = try await place.run("task", "cancel", "20261121-013000-4f2a")
            #expect(none.status == 66)
        }
    }

    /// A task whose process is `sleep`, as the user who owns the home.
    private func withSleeper(_ place: Place, _ body: (Process, String) async throws -> Void) async throws {
        let sleeper = Process()
        sleeper.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let change = place.isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
        sleeper.arguments = ["--default-signal=INT"] + change + ["sleep", "60"]
        try sleeper.run()
        defer {
            kill(sleeper.processIdentifier, SIGKILL)
            sleeper.waitUntilExit()
        }
        let task = try Tasks(home: place.home).create(kind: "backup", database: "example", command: "")
        var record = task.record
        record.process = try #require(ProcessIdentity.of(sleeper.processIdentifier))
        try StateDocument.write(record, to: place.home.taskFile("example", task: record.id))
        try place.giveHome()
        while ProcessIdentity.commandLine(of: sleeper.processIdentifier)?.hasPrefix("sleep") != true {
            try await Task.sleep(for: .milliseconds(10))
        }
        try await body(sleeper, record.id)
    }

    @Test("cancelling interrupts the task's own process")
    func cancel() async throws {
        try await Place.with { place in
            try await withSleeper(place) { sleeper, id in
                let dry = try await place.run("task", "cancel", id, "--dry-run", "--json")
                #expect(try dry.json()["signalled"] == false)
                #expect(sleeper.isRunning)
                let run = try await place.run("task", "cancel", id)
                #expect(run.status == 0, "\(run.error)")
                sleeper.waitUntilExit()
                #expect(sleeper.terminationReason == .uncaughtSignal)
                #expect(sleeper.terminationStatus == SIGINT)
                let state = try await place.run("task", "show", id, "--json")
                #expect(try state.json()["tasks"]?[0]?["state"] == "interrupted")
            }
        }
    }

    @Test("a command that waits ends with 130 on ^C and 143 on SIGTERM", arguments: [SIGINT, SIGTERM])
    func signals(_ signal: Int32) async throws {
        try await Place.with { place in
            try await withSleeper(place) { _, id in
                let waiting = try place.start(["task", "wait", id, "--json"])
                // Signals are taken from the moment on when there is a reader, which is after a start as root.
                while try !readsSignals(waiting.process.processIdentifier) {
                    try await Task.sleep(for: .milliseconds(20))
                }
                kill(waiting.process.processIdentifier, signal)
                let run = try await waiting.end()
                #expect(run.status == 128 + signal)
                #expect(run.output.isEmpty)
                #expect(try run.errorJSON()["error"]?["exit_code"]?.intValue == Int64(128 + signal))
                #expect(try run.errorJSON()["error"]?["code"] == "interrupted")
            }
        }
    }

    /// Whether the process catches SIGTERM: bit 14 of `SigCgt` in `/proc/PID/status`.
    private func readsSignals(_ pid: Int32) throws -> Bool {
        let status = try AtomicFile.readText("/proc/\(pid)/status")
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") } ?? ""
        let mask = UInt64(line.dropFirst(7).filter { !$0.isWhitespace }, radix: 16) ?? 0
        return mask & (1 << 14) != 0
    }
}
