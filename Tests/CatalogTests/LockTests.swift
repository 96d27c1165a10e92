import Catalog
import Failures
import Foundation
import Testing

@Suite("Locks")
struct LockTests {
    @Test("a lock is exclusive, names its holder, and is free again when it is given back")
    func exclusive() async throws {
        try await withHome { home in
            let lock = try await FileLock.acquire(.database("example"), in: home)
            do {
                _ = try await FileLock.acquire(.database("example"), in: home)
                Issue.record("taken twice")
            } catch let error as CatalogError {
                #expect(error.kind == .busy)
                #expect(error.message.hasPrefix("the database \"example\" is in use by process \(getpid()) ("))
                #expect(error.message.contains(" since 20"))
                #expect(error.hint?.contains("--wait-lock") == true)
            }
            #expect(FileLock.holder(of: .database("example"), in: home)?.process == .current)
            lock.release()
            lock.release()
            #expect(FileLock.holder(of: .database("example"), in: home) == nil)
            try await FileLock.acquire(.database("example"), in: home).release()
        }
    }

    @Test("other subjects are other locks")
    func subjects() async throws {
        try await withHome { home in
            let subjects: [LockSubject] = [
                .database("a"), .database("a-n1"), .node(database: "a", node: "n1"), .node(database: "a", node: "n2"),
                .dataDirectory(home.path),
            ]
            let locks = try await FileLock.acquire(all: subjects, in: home)
            #expect(locks.count == subjects.count)
            #expect(throws: CatalogError.self) { try FileLock.attempt(.node(database: "a", node: "../n1"), in: home) }
            locks.forEach { $0.release() }
        }
    }

    @Test("a lock that nobody refers to is given back")
    func abandoned() async throws {
        try await withHome { home in
            do { _ = try await FileLock.acquire(.database("a"), in: home) }
            let lock = try FileLock.attempt(.database("a"), in: home)
            #expect(lock != nil)
        }
    }

    @Test("waiting ends when the lock is given back, or when the time is over")
    func waiting() async throws {
        try await withHome { home in
            let lock = try await FileLock.acquire(.database("a"), in: home)
            async let second = FileLock.acquire(.database("a"), in: home, wait: 20)
            try await Task.sleep(for: .milliseconds(250))
            lock.release()
            let clock = ContinuousClock()
            let held = try await second
            let began = clock.now
            let error = await #expect(throws: CatalogError.self) {
                try await FileLock.acquire(.database("a"), in: home, wait: 0.35)
            }
            #expect(error?.kind == .busy)
            #expect(began.duration(to: clock.now) >= .milliseconds(350))
            held.release()
        }
    }

    @Test("waiting can be cancelled")
    func cancelled() async throws {
        try await withHome { home in
            let lock = try await FileLock.acquire(.database("a"), in: home)
            defer { lock.release() }
            let waiting = Task { try await FileLock.acquire(.database("a"), in: home, wait: 600) }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test("all or none: what was taken before the busy one is given back")
    func allOrNone() async throws {
        try await withHome { home in
            let held = try await FileLock.acquire(.node(database: "a", node: "n2"), in: home)
            await #expect(throws: CatalogError.self) {
                try await FileLock.acquire(
                    all: [.node(database: "a", node: "n2"), .node(database: "a", node: "n1")], in: home)
            }
            #expect(try FileLock.attempt(.node(database: "a", node: "n1"), in: home) != nil)
            held.release()
        }
    }

    @Test("two homes share the lock on a data directory, by whatever path")
    func twoHomes() async throws {
        try await withHome { first in
            try await withHome { second in
                let data = first.path + "/pgdata"
                try Directory.make(data)
                let link = second.path + "/link"
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: data)
                let lock = try await FileLock.acquire(.dataDirectory(data), in: first)
                do {
                    _ = try await FileLock.acquire(.dataDirectory(link), in: second)
                    Issue.record("taken twice")
                } catch let error as CatalogError {
                    #expect(error.kind == .busy)
                    #expect(error.message.hasPrefix("the data directory \(link) is in use"))
                }
                lock.release()
                try await FileLock.acquire(.dataDirectory(link), in: second).release()
            }
        }
    }

    @Test("a data directory that is not there cannot be locked")
    func noDirectory() async throws {
        try await withHome { home in
            let error = #expect(throws: CatalogError.self) {
                try FileLock.attempt(.dataDirectory(home.path + "/missing"), in: home)
            }
            #expect(error?.kind == .notFound)
        }
    }

    @Test("another process keeps us out, and its end, even by SIGKILL, lets us in; no child inherits a lock")
    func otherProcess() async throws {
        try await withHome { home in
            let data = home.path + "/pgdata"
            try Directory.make(data)
            // flock(1) of util-linux; its own child holds the descriptor too, so it must not have one.
            let other = Process()
            other.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
            other.arguments = ["--no-fork", "--exclusive", data, "sleep", "60"]
            try other.run()
            while try FileLock.attempt(.dataDirectory(data), in: home) != nil {
                try await Task.sleep(for: .milliseconds(20))
            }
            kill(other.processIdentifier, SIGKILL)
            other.waitUntilExit()
            let lock = try await FileLock.acquire(.dataDirectory(data), in: home, wait: 5)
            let child = Process()
            child.executableURL = URL(fileURLWithPath: "/bin/sleep")
            child.arguments = ["60"]
            try child.run()
            defer {
                kill(child.processIdentifier, SIGKILL)
                child.waitUntilExit()
            }
            lock.release()
            #expect(try FileLock.attempt(.dataDirectory(data), in: home) != nil)
        }
    }
}
