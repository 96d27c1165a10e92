import Foundation
import Glibc
import PositionedJSON
import Testing

/// `backup` and `backups`.
@Suite struct BackupTests {
    @Test func takesEveryTypeAndListsThemWithTheirAnnotations() async throws {
        try await withSandbox { box in
            let spec = try box.write("spec.json", box.spec(id: "shop").text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            let primary = try await box.instances(of: "shop")[0]

            let empty = try await box.pgstanza("backups", "shop", "--json").expect(exit: 0).json()
            #expect(empty["nodes"]?[0]?["backups"]?.arrayValue == [])

            let full = try await box.pgstanza(
                "backup", "shop", "--type", "full", "--annotation", "why=before the release",
                "--annotation", "ticket=a=b", "--json"
            ).expect(exit: 0).json()
            let taken = try #require(full["backups"]?[0])
            #expect(taken["node"]?.stringValue == "n1")
            #expect(taken["repository"]?.stringValue == "local")
            #expect(taken["type"]?.stringValue == "full")
            let label = try #require(taken["label"]?.stringValue)
            #expect(label.hasSuffix("F"))
            #expect((taken["size"]?.intValue ?? 0) > (taken["repository_size"]?.intValue ?? 0))
            #expect(full["task"]?.stringValue?.isEmpty == false)

            try await primary.query("CREATE TABLE t AS SELECT generate_series(1, 1000) i")
            let diff = try await box.pgstanza("backup", "shop", "n1", "--type", "diff", "--json").expect(exit: 0).json()
            #expect(diff["backups"]?[0]?["label"]?.stringValue?.hasPrefix(label + "_") == true)
            let request = try box.write(
                "request.json",
                """
                {
                    // as a curl --data body
                    "type": "incr",
                    "annotations": { "from": "a file", },
                    "backup_options": { "start-fast": "y" },
                }
                """)
            let incr = try await box.pgstanza("backup", "shop", "--request", request, "--json").expect(exit: 0).json()
            #expect(incr["backups"]?[0]?["type"]?.stringValue == "incr")

            let listing = try await box.pgstanza("backups", "shop", "--json").expect(exit: 0).json()
            let node = try #require(listing["nodes"]?[0])
            let backups = try #require(node["backups"]?.arrayValue)
            #expect(backups.map { $0["type"]?.stringValue } == ["full", "diff", "incr"])
            #expect(
                backups[0]["annotations"]
                    == .object(["why": .string("before the release"), "ticket": .string("a=b")]))
            #expect(backups[2]["annotations"] == .object(["from": .string("a file")]))
            for backup in backups {
                let started = try #require(backup["started_at"]?.stringValue)
                let stopped = try #require(backup["stopped_at"]?.stringValue)
                #expect(started <= stopped && stopped.hasSuffix("Z"))
            }
            let window = try #require(node["windows"]?[0])
            #expect(window["timeline"]?.intValue == 1)
            #expect(window["from"]?.stringValue == backups[0]["stopped_at"]?.stringValue)
            #expect((window["to"]?.stringValue ?? "") >= (backups[2]["stopped_at"]?.stringValue ?? "~"))

            // For people: every label, and nothing but text on a pipe.
            let text = try await box.pgstanza("backups", "shop").expect(exit: 0)
            #expect(backups.allSatisfy { text.output.contains($0["label"]?.stringValue ?? "?") })
            #expect(!text.output.contains("\u{1b}"))
        }
    }

    @Test func quietSaysNothingAtAllWhenAllIsWell() async throws {
        try await withSandbox { box in
            let spec = try box.write("spec.json", box.spec(id: "shop").text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            let result = try await box.pgstanza("backup", "shop", "--type", "full", "-q").expect(exit: 0)
            #expect(result.output == "")
            #expect(result.errorOutput == "")
        }
    }

    @Test func aSecondBackupMeanwhileIsBusyOrWaits() async throws {
        try await withSandbox { box in
            let spec = try box.write("spec.json", box.spec(id: "shop").text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            let primary = try await box.instances(of: "shop")[0]
            try await primary.query("CREATE TABLE t AS SELECT md5(i::text) x FROM generate_series(1, 600000) i")

            let first = try box.startPgstanza("backup", "shop", "--type", "full", "--option", "compress-type=bz2")
            try await untilTaskRuns("backup", of: "shop", in: box)
            let second = try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 75)
            #expect(second.errorOutput.contains("n1"))
            #expect(second.seconds < 5)
            let third = try await box.pgstanza(
                "backup", "shop", "--type", "incr", "--wait-lock", "120", "--json"
            ).expect(exit: 0).json()
            #expect(third["backups"]?[0]?["type"]?.stringValue == "incr")
            try await first.wait().expect(exit: 0)
        }
    }

    @Test func aNodeOrDatabaseThatIsNotThereIsNotFound() async throws {
        try await withSandbox { box in
            let spec = try box.write("spec.json", box.spec(id: "shop").text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            for arguments in [
                ["backup", "store", "--type", "full"], ["backup", "shop", "n7", "--type", "full"],
                ["backups", "store"], ["backups", "shop", "n7"],
            ] {
                let result = try await box.pgstanza(arguments).expect(exit: 66)
                #expect(result.errorOutput.contains(arguments.contains("store") ? "store" : "n7"))
                #expect(result.errorOutput.contains("hint:"))
            }
            // With the server down there is nothing to back up.
            try await box.pgstanza("db", "stop", "shop").expect(exit: 0)
            let down = try await box.pgstanza("backup", "shop", "--type", "full")
            #expect([1, 69].contains(down.exitCode))
            #expect(down.errorOutput.contains("error:"))
        }
    }

    /// Waits until the task list has a running task of this kind.
    private func untilTaskRuns(_ kind: String, of id: String, in box: Sandbox) async throws {
        for _ in 0..<200 {
            let tasks = try await box.pgstanza("task", "list", id, "--json").expect(exit: 0).json()
            let running = (tasks["tasks"]?.arrayValue ?? []).contains {
                $0["kind"]?.stringValue == kind && $0["state"]?.stringValue == "running"
            }
            if running { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw FixtureError("no running \(kind) task of \(id) in 4 s and more")
    }
}
