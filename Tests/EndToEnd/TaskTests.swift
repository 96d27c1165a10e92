import Foundation
import Glibc
import PositionedJSON
import Testing

/// `task list`, `show`, `log`, `wait` and `cancel`, and `--detach`.
@Suite struct TaskTests {
    @Test func everyOperationIsATaskWithItsLog() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            try await shop.backup()
            // One that fails: the repository is gone.
            try FileManager.default.moveItem(atPath: box.path + "/repo", toPath: box.path + "/repo.away")
            let failed = try await box.pgstanza("backup", shop.id, "--type", "full", "--json").expect(exit: 1)
            try FileManager.default.moveItem(atPath: box.path + "/repo.away", toPath: box.path + "/repo")
            let error = try #require(try failed.jsonError()["error"])
            let id = try #require(error["task"]?.stringValue)

            let tasks = try #require(
                try await box.pgstanza("task", "list", shop.id, "--json").expect(exit: 0).json()["tasks"]?.arrayValue)
            #expect(tasks.map { $0["kind"]?.stringValue } == ["backup", "backup", "create"])
            #expect(tasks.map { $0["state"]?.stringValue } == ["failed", "done", "done"])
            for task in tasks {
                #expect(task["database"]?.stringValue == shop.id)
                #expect(task["nodes"] == .array([.string("n1")]))
                #expect((task["started_at"]?.stringValue ?? "~") <= (task["ended_at"]?.stringValue ?? ""))
            }

            let shown = try await box.pgstanza("task", "show", id, "--json").expect(exit: 0).json()["tasks"]?[0]
            #expect(shown?["id"]?.stringValue == id)
            #expect(shown?["error"]?["message"]?.stringValue == error["message"]?.stringValue)
            let log = try await box.pgstanza("task", "log", id).expect(exit: 0).output
            #expect(log.contains("full backup to local"))
            #expect(log.contains("pgbackrest"))
            // Waiting for it ends as it did.
            try await box.pgstanza("task", "wait", id).expect(exit: 1)
            let good = try #require(tasks[1]["id"]?.stringValue)
            try await box.pgstanza("task", "wait", good).expect(exit: 0)
        }
    }

    @Test func aDetachedBackupIsFollowedToItsEnd() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let started = try await box.pgstanza("backup", shop.id, "--type", "full", "--detach", "--json").expect(
                exit: 0)
            let id = try #require(try started.json()["task"]?.stringValue)
            let followed = try await box.pgstanza("task", "log", id, "--follow").expect(exit: 0)
            #expect(followed.output.contains("full backup to local"))
            try await box.pgstanza("task", "wait", id).expect(exit: 0)
            let shown = try await box.pgstanza("task", "show", id, "--json").expect(exit: 0).json()["tasks"]?[0]
            #expect(shown?["state"]?.stringValue == "done")
            let listed = try await box.pgstanza("backups", shop.id, "--json").expect(exit: 0).json()
            #expect(listed["nodes"]?[0]?["backups"]?.arrayValue?.count == 1)
        }
    }

    @Test func aCancelledBackupEndsCleanlyAndTheNextWorks() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            try await shop.primary().query(
                "CREATE TABLE big AS SELECT md5(i::text) x FROM generate_series(1, 1500000) i")
            let started = try await box.pgstanza(
                "backup", shop.id, "--type", "full", "--option", "compress-type=bz2", "--detach", "--json"
            ).expect(exit: 0)
            let id = try #require(try started.json()["task"]?.stringValue)
            try await untilLogged("full backup", of: id, in: box)
            try await Task.sleep(for: .seconds(1))
            try await box.pgstanza("task", "cancel", id).expect(exit: 0)
            let waited = try await box.pgstanza("task", "wait", id)
            #expect(waited.exitCode != 0)
            let shown = try await box.pgstanza("task", "show", id, "--json").expect(exit: 0).json()["tasks"]?[0]
            #expect(shown?["state"]?.stringValue == "cancelled")
            // No session of pgBackRest is left that would hold the backup lock.
            #expect(
                try await shop.primary().value(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgBackRest%'") == "0")
            try await shop.backup()
            try await box.pgstanza("task", "cancel", id).expect(exit: 73)
        }
    }

    /// A task whose process was killed is told apart from one that runs.
    @Test func aKilledTaskIsInterrupted() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            try await shop.primary().query(
                "CREATE TABLE big AS SELECT md5(i::text) x FROM generate_series(1, 900000) i")
            let backup = try box.startPgstanza("backup", shop.id, "--type", "full", "--option", "compress-type=bz2")
            var id: String?
            for _ in 0..<200 where id == nil {
                let tasks = try await box.pgstanza("task", "list", shop.id, "--json").expect(exit: 0).json()["tasks"]
                id = tasks?.arrayValue?.first { $0["state"]?.stringValue == "running" }?["id"]?.stringValue
            }
            let task = try #require(id)
            backup.signal(SIGKILL)
            _ = try await backup.wait()
            let shown = try await box.pgstanza("task", "show", task, "--json").expect(exit: 0).json()["tasks"]?[0]
            #expect(shown?["state"]?.stringValue == "interrupted")
        }
    }

    private func untilLogged(_ text: String, of task: String, in box: Sandbox) async throws {
        for _ in 0..<300 {
            if try await box.pgstanza("task", "log", task).output.contains(text) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw FixtureError("the log of \(task) never said \(text)")
    }
}
