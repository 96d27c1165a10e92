import Foundation
import Glibc
import PositionedJSON
import Testing

/// Backups where something is in the way: off, busy, cut short, a gap in the WAL, one of several nodes down.
@Suite struct BackupEdgeTests {
    @Test func aNodeWhoseBackupsAreOffIsNeverSilent() async throws {
        try await withSandbox { box in
            try await create(box, nodes: 2)
            let file = box.home + "/databases/shop/database.json"
            var record = try JSONTree.parse(box.read(file))
            record["nodes"]?["n2"]?["backups"] = "off"
            try box.write(file, record.text(pretty: true), mode: 0o600)

            let alone = try await box.pgstanza("backup", "shop", "n2", "--type", "full", "-q").expect(exit: 73)
            #expect(alone.output == "")
            #expect(alone.errorOutput.contains("backups of n2 are off"))
            #expect(alone.errorOutput.contains("pgstanza db update shop"))
            // The other node's backup is taken all the same.
            let both = try await box.pgstanza("backup", "shop", "--type", "full", "--json").expect(exit: 73)
            #expect(try both.json()["backups"]?.arrayValue?.compactMap { $0["node"]?.stringValue } == ["n1"])
            #expect(try both.jsonError()["error"]?["code"]?.stringValue == "backups-off")
        }
    }

    @Test func oneNodeDownDoesNotKeepTheOtherFromItsBackup() async throws {
        try await withSandbox { box in
            try await create(box, nodes: 2)
            try await box.pgstanza("db", "stop", "shop", "n1").expect(exit: 0)
            let result = try await box.pgstanza("backup", "shop", "--type", "full", "--json").expect(exit: 69)
            #expect(try result.json()["backups"]?.arrayValue?.compactMap { $0["node"]?.stringValue } == ["n2"])
            let error = try result.jsonError()["error"]
            #expect(error?["code"]?.stringValue == "server-down")
            #expect(error?["hint"]?.stringValue == "pgstanza db start shop n1")
        }
    }

    @Test func anotherHomeMeetsTheSameLock() async throws {
        try await withSandbox { box in
            let spec = try await create(box, nodes: 1)
            let node = try await box.instances(of: "shop")[0]
            try await node.query("CREATE TABLE t AS SELECT md5(i::text) x FROM generate_series(1, 600000) i")
            let adoption = try box.adoptionSpec(of: node, id: "shop").replacing(
                "spec", "backup_config", "repositories", 0, "base_path", with: .string(try box.makeDirectory("repo2")))
            let other = try box.write("other.json", adoption.text(pretty: true))
            let running = try box.startPgstanza("backup", "shop", "--type", "full", "--option", "compress-type=bz2")
            try await Task.sleep(for: .seconds(1))
            let busy = try await box.pgstanza(
                "db", "create", other, "--yes", "--home", box.path + "/home2", "--json"
            ).expect(exit: 75).jsonError()
            #expect(busy["error"]?["code"]?.stringValue == "busy")
            #expect(busy["error"]?["message"]?.stringValue?.contains(node.dataDirectory) == true)
            try await running.wait().expect(exit: 0)
            _ = spec
        }
    }

    /// A pgbackrest that was killed while the server made the checkpoint for it leaves a session behind.
    @Test func theSessionOfAKilledBackupIsNamedAndEndedWithConsent() async throws {
        try await withSandbox { box in
            try await create(box, nodes: 1)
            let node = try await box.instances(of: "shop")[0]
            // Something to write out, slowly.
            try await node.query("CREATE TABLE big AS SELECT md5(i::text) x FROM generate_series(1, 300000) i")
            let waiting = """
                SELECT coalesce(min(pid), 0) FROM pg_stat_activity
                WHERE application_name LIKE 'pgBackRest%' AND wait_event LIKE 'Checkpoint%'
                """
            let running = try box.startPgstanza("backup", "shop", "--type", "full", "--option", "start-fast=n")
            var session = "0"
            for _ in 0..<600 where session == "0" {
                session = try await node.value(waiting)
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(session != "0")
            let helper = box.processes().filter { $0.program == "pgbackrest" && $0.arguments.contains("backup") }
            #expect(!helper.isEmpty)
            running.signal(SIGKILL)
            for process in box.processes() where process.program == "pgbackrest" { process.kill() }
            _ = try await running.wait()

            let refused = try await box.pgstanza("backup", "shop", "--type", "full", "--json").expect(exit: 73)
            let error = try refused.jsonError()["error"]
            #expect(error?["code"]?.stringValue == "end-session")
            #expect(error?["message"]?.stringValue?.contains("session \(session) ") == true)
            #expect(error?["hint"]?.stringValue?.contains("--consent end-session") == true)
            #expect(try await node.value(waiting) == session)
            let ended = try await box.pgstanza("backup", "shop", "--type", "full", "--consent", "end-session")
            try ended.expect(exit: 0)
            #expect(ended.errorOutput.contains("ended session \(session) "))
        }
    }

    @Test func interruptedInTheMiddleItEndsCleanly() async throws {
        try await withSandbox { box in
            try await create(box, nodes: 1)
            let node = try await box.instances(of: "shop")[0]
            try await node.query("CREATE TABLE t AS SELECT md5(i::text) x FROM generate_series(1, 600000) i")
            let running = try box.startPgstanza("backup", "shop", "--type", "full", "--option", "compress-type=bz2")
            try await Task.sleep(for: .seconds(1.5))
            running.signal(SIGINT)
            try await running.wait().expect(exit: 130)
            let tasks = try await box.pgstanza("task", "list", "shop", "--json").expect(exit: 0).json()
            let backup = tasks["tasks"]?.arrayValue?.first { $0["kind"]?.stringValue == "backup" }
            #expect(backup?["state"]?.stringValue == "cancelled")
            #expect(
                try await node.value("SELECT count(*) FROM pg_stat_activity WHERE application_name ~ 'pgBackRest'")
                    == "0")
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)
        }
    }

    @Test func aMissingSegmentSplitsTheWindow() async throws {
        try await withSandbox { box in
            try await create(box, nodes: 1)
            let node = try await box.instances(of: "shop")[0]
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)
            for _ in 0..<2 {
                try await node.query("CREATE TABLE IF NOT EXISTS t (i int); INSERT INTO t VALUES (1)")
                try await node.query("SELECT pg_switch_wal()")
            }
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)
            let whole = try await windows(box)
            #expect(whole.count == 1)

            let archive = box.path + "/repo/databases/shop/local/n1/archive/db/15-1/0000000100000000"
            let backups = try await box.pgstanza("backups", "shop", "--json").expect(exit: 0).json()
            #expect(backups["nodes"]?[0]?["backups"]?.arrayValue?.count == 2)
            // Between the two backups there are the two segments that were filled.
            let info = try await box.run([
                "pgbackrest", "--config=" + box.home + "/databases/shop/n1/pgbackrest.backup.conf", "--stanza=db",
                "info",
                "--output=json",
            ]).expect(exit: 0).json()
            let stop = info[0]?["backup"]?[0]?["archive"]?["stop"]?.stringValue ?? ""
            let names = try FileManager.default.contentsOfDirectory(atPath: archive).sorted()
            let after = try #require(names.first { $0.prefix(24) > stop })
            try FileManager.default.removeItem(atPath: archive + "/" + after)

            let split = try await windows(box)
            #expect(split.count == 2)
            #expect(split[0]["from"] == whole[0]["from"])
            #expect(split[1]["to"] == whole[0]["to"])
            #expect((split[0]["to"]?.stringValue ?? "~") < (split[1]["from"]?.stringValue ?? ""))
        }
    }

    @Test func repositoriesRequestsAndSchedules() async throws {
        try await withSandbox { box in
            let repositories = [try box.posixRepository(), try box.posixRepository(id: "second", path: "repo2")]
            let document = try box.spec(repositories: repositories).replacing(
                "spec", "backup_config", "schedules",
                with: [["id": "nightly", "type": "full", "cron_expression": "0 1 * * *"]])
            let spec = try box.write("spec.json", document.text(pretty: true))
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            let both = try await box.pgstanza("backup", "shop", "--schedule", "nightly", "--json").expect(exit: 0)
                .json()
            #expect(both["backups"]?.arrayValue?.compactMap { $0["repository"]?.stringValue } == ["local", "second"])
            let last = try await box.scheduleReport("nightly")["last"]
            #expect(last?["outcome"]?.stringValue == "done")
            #expect(last?["task"]?.stringValue == both["task"]?.stringValue)

            let request = try box.write(
                "request.json",
                """
                // kept by hand
                {"type": "incr", "annotations": {"why": "a=b c", }, "backup_options": {"compress-type": "gz"}}
                """)
            let one = try await box.pgstanza(
                "backup", "shop", "--request", request, "--repo", "second", "--annotation", "who=me", "--json"
            ).expect(exit: 0).json()
            #expect(one["backups"]?.arrayValue?.count == 1)
            #expect(one["backups"]?[0]?["type"]?.stringValue == "incr")
            #expect(one["backups"]?[0]?["annotations"]?["why"]?.stringValue == "a=b c")
            #expect(one["backups"]?[0]?["annotations"]?["who"]?.stringValue == "me")

            for (arguments, code) in [
                (["--option", "pg1-path=/x"], 65), (["--option", "compres-type=gz"], 65),
                (["--option", "noequals"], 64),
                (["--annotation", "a=1", "--annotation", "a=2"], 64), (["--repo", "third"], 66),
                (["--annotation", "a=x\ny"], 65),
            ] as [([String], Int32)] {
                try await box.pgstanza(["backup", "shop", "--type", "incr"] + arguments).expect(exit: code)
            }
            try await box.pgstanza("backup", "shop", "--schedule", "weekly").expect(exit: 66)
        }
    }

    // MARK: - What they begin with

    @discardableResult
    private func create(_ box: Sandbox, nodes: Int) async throws -> String {
        let spec = try box.write("spec.json", box.spec(nodes: nodes).text(pretty: true))
        try await box.pgstanza("db", "create", spec).expect(exit: 0)
        return spec
    }

    private func windows(_ box: Sandbox) async throws -> [JSONTree] {
        let listed = try await box.pgstanza("backups", "shop", "--json").expect(exit: 0).json()
        return listed["nodes"]?[0]?["windows"]?.arrayValue ?? []
    }
}

/// Programs of the user's around a backup.
@Suite struct BackupHookTests {
    @Test func hooksRunAroundABackupAndCanForbidIt() async throws {
        try await withSandbox { box in
            let script = try box.write(
                "hook.sh",
                """
                #!/bin/sh
                echo "$PGSTANZA_EVENT $PGSTANZA_DATABASE $PGSTANZA_NODE $PGSTANZA_BACKUP_TYPE $1" >> \(box.path)/hooks.log
                [ ! -e \(box.path)/forbid ] || [ "$PGSTANZA_EVENT" != before_backup ]
                """, mode: 0o755)
            let hooks: JSONTree = [
                "before_backup": [.string(script), "a b"], "after_backup": [.string(script), "$(id)"],
                "on_failure": [.string(script), "x"],
            ]
            let document = try box.spec().replacing("spec", "orchestrator_opts", "local", "hooks", with: hooks)
            let spec = try box.write("spec.json", document.text(pretty: true))
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)
            #expect(box.read("hooks.log") == "before_backup shop n1 full a b\nafter_backup shop n1 full $(id)\n")

            try box.write("forbid", "")
            let refused = try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 1)
            #expect(refused.errorOutput.contains("hook before_backup of n1"))
            #expect(box.read("hooks.log").hasSuffix("before_backup shop n1 full a b\non_failure shop n1 full x\n"))
            let listed = try await box.pgstanza("backups", "shop", "--json").expect(exit: 0).json()
            #expect(listed["nodes"]?[0]?["backups"]?.arrayValue?.count == 1)
        }
    }
}
