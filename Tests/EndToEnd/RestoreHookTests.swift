import Foundation
import PositionedJSON
import Testing

/// Programs of the user's around a restore.
@Suite struct RestoreHookTests {
    @Test func hooksAreToldOfARestoreAndCanForbidIt() async throws {
        try await withSandbox { box in
            // Each event appends its object, which is one line.
            let script = try box.write(
                "hook.sh",
                """
                #!/bin/sh
                cat >> \(box.path)/$PGSTANZA_EVENT.jsonl
                [ ! -e \(box.path)/forbid ] || [ "$PGSTANZA_EVENT" != before_restore ]
                """, mode: 0o755)
            let hook: JSONTree = [.string(script)]
            try await box.create(
                box.spec().replacing(
                    "spec", "orchestrator_opts", "local", "hooks",
                    with: ["before_restore": hook, "after_restore": hook, "on_failure": hook, "after_backup": hook]))
            let primary = try await box.instances(of: "shop")[0]
            try await primary.query("CREATE TABLE t AS SELECT generate_series(1, 100) i")
            try await box.pgstanza("backup", "shop", "--type", "full", "-q").expect(exit: 0)
            let backup = try JSONTree.parse(box.read("after_backup.jsonl"))
            #expect(backup["operation"]?.stringValue == "backup")
            let label = try #require(backup["backups"]?[0]?["label"]?.stringValue)
            #expect(backup["labels"]?.stringValue == label)

            // Forbidden: nothing was changed, and the server did not notice.
            try box.write("forbid", "")
            let pid = try await primary.value("SELECT pg_backend_pid()")
            #expect(!pid.isEmpty)
            let before = try await primary.value("SELECT pg_postmaster_start_time()")
            let refused = try await box.pgstanza("restore", "shop", "--yes").expect(exit: 1)
            #expect(refused.errorOutput.contains("the hook before_restore of n1 ended with exit code 1"))
            #expect(try await primary.value("SELECT pg_postmaster_start_time()") == before)
            try await box.pgstanza("restore", "status", "shop").expect(exit: 66)
            let failure = try JSONTree.parse(box.read("on_failure.jsonl"))
            #expect(failure["error_code"]?.stringValue == "hook-failed")
            #expect(failure["operation"]?.stringValue == "restore")
            #expect(box.read("after_restore.jsonl").isEmpty)

            try FileManager.default.removeItem(atPath: box.path + "/forbid")
            try FileManager.default.removeItem(atPath: box.path + "/before_restore.jsonl")
            let done = try await box.pgstanza("restore", "shop", "--yes", "--json").expect(exit: 0).json()
            let first = try JSONTree.parse(box.read("before_restore.jsonl"))
            let last = try JSONTree.parse(box.read("after_restore.jsonl"))
            for event in [first, last] {
                #expect(event["database"]?.stringValue == "shop")
                #expect(event["node"]?.stringValue == "n1")
                #expect(event["backup"]?.stringValue == label)
                #expect(event["target_type"]?.stringValue == "default")
                #expect(event["source_node"]?.stringValue == "n1")
                #expect(event["pgdata"]?.stringValue == primary.dataDirectory)
                #expect(event["port"]?.intValue == Int64(primary.port))
            }
            #expect(first["event"]?.stringValue == "before_restore")
            #expect(last["event"]?.stringValue == "after_restore")
            #expect(last["restore"] == done["restore"])
        }
    }
}
