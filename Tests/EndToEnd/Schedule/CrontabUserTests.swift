import Foundation
import PositionedJSON
import Testing

/// Those who call pgstanza from other programs.
@Suite struct CrontabUserTests {
    /// A line of a crontab, in the environment that cron gives: silent when well, one clear message when not.
    @Test func aCrontabLineIsSilentWhenWellAndClearWhenNot() async throws {
        try await withSandbox { box in
            try await box.create(box.spec())
            let line = "\(box.executable) backup shop --type full -q --home \(box.home)"
            func cron() async throws -> ProgramResult {
                try await box.run(
                    [
                        "env", "-i", "HOME=/nonexistent", "LOGNAME=\(box.account.name)", "SHELL=/bin/sh",
                        "PATH=/usr/bin:/bin", "/bin/sh", "-c", line,
                    ])
            }
            let well = try await cron().expect(exit: 0)
            #expect(well.output.isEmpty && well.errorOutput.isEmpty, "\(well.summary)")
            #expect(try await box.backupTypes() == ["full"])

            try await box.pgstanza("db", "stop", "shop").expect(exit: 0)
            let down = try await cron().expect(exit: 69)
            #expect(down.output.isEmpty)
            let words = down.errorOutput.split(separator: "\n").map(String.init)
            #expect(words.first?.hasPrefix("error: the server of n1 in ") == true, "\(down.summary)")
            #expect(words.contains("hint: pgstanza db start shop n1"))
            #expect(words.count { $0.hasPrefix("error:") } == 1)

            // Somebody holds the node: 75, and by whom.
            try await box.pgstanza("db", "start", "shop").expect(exit: 0)
            let holder = try box.start(
                ["flock", "\(box.home)/locks/shop.n1.lock", "sh", "-c", "touch \(box.path)/held; exec sleep 60"])
            try await waitUntil("the lock is held") { box.exists("held") }
            let busy = try await cron().expect(exit: 75)
            #expect(busy.errorOutput.contains("is in use"), "\(busy.summary)")
            holder.signalGroup(SIGKILL)
        }
    }

    /// A runbook that restores without anybody at a terminal, and goes by the exit codes.
    @Test func aRunbookRestoresAndGoesByExitCodes() async throws {
        try await withSandbox { box in
            try await box.create(box.spec())
            let primary = try await box.instances(of: "shop")[0]
            try await primary.query("CREATE TABLE t AS SELECT generate_series(1, 500) i")
            try await box.pgstanza("backup", "shop", "--type", "full", "-q").expect(exit: 0)
            try await primary.query("DELETE FROM t")
            let script = try box.write(
                "runbook.sh",
                """
                #!/bin/sh
                # usage: runbook.sh TYPE [TARGET]
                pgstanza=\(box.executable)
                "$pgstanza" restore shop --type "$1" ${2:+--target "$2"} --yes --json > \(box.path)/out.json 2> \(box.path)/err
                case $? in
                0) "$pgstanza" db update shop --yes -q && echo restored ;;
                73) echo "ask somebody: $(tail -n 1 \(box.path)/err)"; exit 73 ;;
                75) echo "try again later"; exit 75 ;;
                *) echo "wake somebody: $(tail -n 1 \(box.path)/err)"; exit 1 ;;
                esac
                """, mode: 0o755)
            let refused = try await box.run(["/bin/sh", script, "time", "2001-01-01T00:00:00Z"]).expect(exit: 73)
            let error = try JSONTree.parse(String(refused.output.dropFirst("ask somebody: ".count)))
            #expect(error["error"]?["exit_code"]?.intValue == 73)
            #expect(try await primary.value("SELECT count(*) FROM t") == "0")

            let restored = try await box.run(["/bin/sh", script, "immediate"]).expect(exit: 0)
            #expect(restored.lines == ["restored"])
            let summary = try JSONTree.parse(box.read("out.json"))
            #expect(summary["state"]?.stringValue == "done")
            #expect(try await primary.value("SELECT count(*) FROM t") == "500")
            // Backups are on again, in a repository of their own.
            #expect(try await box.backupTypes().count == 2)
        }
    }
}
