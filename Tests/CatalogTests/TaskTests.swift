import Catalog
import Failures
import Foundation
import TargetTime
import Testing

@testable import Catalog

@Suite("Tasks")
struct TaskTests {
    private let start = Instant(seconds: 1_800_000_000)

    @Test("a task runs, tells how far it is, and ends")
    func life() async throws {
        try await withHome { home in
            let tasks = Tasks(home: home)
            let task = try tasks.create(
                kind: "backup", database: "example", nodes: ["n1"], command: "pgstanza backup example n1", now: start)
            var seen = try tasks.load(task.id)
            #expect(seen.state == .running)
            #expect(seen.process == .current)
            #expect(seen.startedAt == start)
            #expect(task.id.hasPrefix("20270115-080000-"))

            task.progress(node: "n1", phase: "copying", percent: 40, bytesDone: 4, bytesTotal: 10, now: start)
            seen = try tasks.load(task.id)
            #expect(seen.progress?.percent == 40)
            #expect(seen.progress?.bytesTotal == 10)

            task.log("first\nsecond", now: Instant(microseconds: 1_800_000_000_123_456))
            #expect(
                try AtomicFile.readText(task.logPath)
                    == "2027-01-15T08:00:00.123Z first\n2027-01-15T08:00:00.123Z second\n")
            #expect(try mode(task.logPath) == 0o600)

            try task.finish(.done, now: start.adding(seconds: 5))
            try task.finish(.failed)
            seen = try tasks.load(task.id)
            #expect(seen.state == .done)
            #expect(seen.endedAt == start.adding(seconds: 5))
            #expect(seen == task.record)
        }
    }

    @Test("progress is written at most twice a second, a new phase or node at once")
    func throttle() async throws {
        try await withHome { home in
            let tasks = Tasks(home: home)
            let task = try tasks.create(kind: "backup", database: "example", command: "", now: start)
            func written() throws -> Double? { try tasks.load(task.id).progress?.percent }
            task.progress(phase: "a", percent: 1, now: start)
            task.progress(phase: "a", percent: 2, now: start.adding(seconds: 0.4))
            #expect(try written() == 1)
            task.progress(phase: "a", percent: 3, now: start.adding(seconds: 0.6))
            #expect(try written() == 3)
            task.progress(phase: "b", percent: 0, now: start.adding(seconds: 0.61))
            #expect(try written() == 0)
            task.progress(node: "n2", phase: "b", percent: 7, now: start.adding(seconds: 0.62))
            #expect(try written() == 7)
        }
    }

    @Test("an error is kept with its exit code")
    func failed() async throws {
        try await withHome { home in
            let tasks = Tasks(home: home)
            let task = try tasks.create(kind: "restore", database: "example", command: "")
            let error = TaskError(code: "busy", message: "in use", hint: "wait", exitCode: 75)
            try task.finish(.failed, error: error)
            #expect(try tasks.load(task.id).error == error)
            #expect(try AtomicFile.readText(home.taskFile("example", task: task.id)).contains("\"exit_code\" : 75"))
        }
    }

    @Test("a task whose process is gone, or whose number another has, was interrupted")
    func interrupted() async throws {
        try await withHome { home in
            let tasks = Tasks(home: home)
            let child = Process()
            // A shell's background job, as these tests may be, ignores SIGINT, and so would its children.
            child.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            child.arguments = ["--default-signal=INT", "sleep", "60"]
            try child.run()
            let alive = try #require(ProcessIdentity.of(child.processIdentifier))
            let task = try tasks.create(kind: "backup", database: "example", command: "")
            func become(_ process: ProcessIdentity) throws -> TaskState {
                var record = task.record
                record.process = process
                try StateDocument.write(record, to: home.taskFile("example", task: record.id))
                return try tasks.load(record.id).state
            }
            #expect(try become(alive) == .running)
            #expect(
                try become(ProcessIdentity(pid: alive.pid, startTicks: alive.startTicks + 1, bootID: alive.bootID))
                    == .interrupted)
            #expect(
                try become(ProcessIdentity(pid: alive.pid, startTicks: alive.startTicks, bootID: "another boot"))
                    == .interrupted)
            _ = try become(alive)
            try tasks.cancel(task.id)
            child.waitUntilExit()
            #expect(child.terminationReason == .uncaughtSignal)
            #expect(child.terminationStatus == SIGINT)
            #expect(try tasks.load(task.id).state == .interrupted)
            let error = #expect(throws: CatalogError.self) { try tasks.cancel(task.id) }
            #expect(error?.kind == .refused)
            #expect(error?.message.contains("it is interrupted") == true)
        }
    }

    @Test("tasks are listed newest first, of one database or of all")
    func list() async throws {
        try await withHome { home in
            let tasks = Tasks(home: home)
            #expect(try tasks.list().isEmpty)
            let a = try tasks.create(kind: "backup", database: "a", command: "", now: start)
            let b = try tasks.create(kind: "backup", database: "b", command: "", now: start.adding(seconds: 1))
            let c = try tasks.create(kind: "restore", database: "a", command: "", now: start.adding(seconds: 2))
            #expect(try tasks.list().map(\.id) == [c.id, b.id, a.id])
            #expect(try tasks.list(database: "a").map(\.id) == [c.id, a.id])
            let error = #expect(throws: CatalogError.self) { try tasks.list(database: "nothing") }
            #expect(error?.kind == .notFound)
            let none = #expect(throws: CatalogError.self) { try tasks.load("20261121-013000-4f2a") }
            #expect(none?.kind == .notFound)
            #expect(throws: CatalogError.self) { try tasks.load("../../config") }
        }
    }

    @Test("the oldest ended tasks go, running ones stay")
    func retention() async throws {
        try await withHome { home in
            let tasks = Tasks(home: home)
            let running = try tasks.create(kind: "backup", database: "a", command: "", now: start)
            var ended: [String] = []
            for second in 1...5 {
                let task = try tasks.create(
                    kind: "backup", database: "a", command: "", now: start.adding(seconds: Double(second)))
                task.log("line")
                try task.finish(.done)
                ended.append(task.id)
            }
            try tasks.prune(database: "a", keep: 3)
            #expect(try tasks.list().map(\.id) == ended.suffix(3).reversed() + [running.id])
            let logs = try Directory.names(in: home.tasksDir("a")).filter { $0.hasSuffix(".log") }
            #expect(logs.count == 4)
        }
    }

    @Test("a new task removes what killed writes left, and nothing of the living")
    func leftovers() async throws {
        try await withHome { home in
            let tasks = Tasks(home: home)
            try tasks.create(kind: "backup", database: "a", command: "").finish(.done)
            try Directory.make(home.nodeDir("a", "n1"))
            let dead = ".database.json.\(Int32.max)-1f.tmp"
            let living = ".database.json.\(getpid())-1f.tmp"
            for directory in [home.databaseDir("a"), home.tasksDir("a"), home.nodeDir("a", "n1")] {
                for name in [dead, living, ".profile", "x.tmp"] { try AtomicFile.write("", to: "\(directory)/\(name)") }
            }
            _ = try tasks.create(kind: "backup", database: "a", command: "")
            for directory in [home.databaseDir("a"), home.tasksDir("a"), home.nodeDir("a", "n1")] {
                let names = try Directory.names(in: directory)
                #expect(!names.contains(dead))
                for name in [living, ".profile", "x.tmp"] { #expect(names.contains(name)) }
            }
        }
    }
}
