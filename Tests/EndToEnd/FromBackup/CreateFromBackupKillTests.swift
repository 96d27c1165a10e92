import Foundation
import PositionedJSON
import Testing

/// A creation from a backup that is killed goes on; one that fails leaves nothing behind.
@Suite struct CreateFromBackupKillTests {
    @Test func goesOnOrLeavesNothingBehind() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let origin = try shop.primary()
            try await shop.backup()
            try await origin.query("INSERT INTO t SELECT i, 'more' FROM generate_series(2, 50) i")
            try await origin.query("SELECT pg_switch_wal()")
            try await box.pgstanza("backup", shop.id, "--type", "incr").expect(exit: 0)
            let contents = try await origin.contents(of: "t")
            let config = CreateFromBackupTests.source(try box.posixRepository())

            let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"
            let points =
                ["start-primary.promoted"]
                + (isWhole ? ["restore-files.restored", "recreate-subscriptions.lifted"] : [])
            for (number, point) in points.enumerated() {
                let id = "copy\(number)"
                let spec = try box.write(
                    "\(id).json", try CreateFromBackupTests.copySpec(box, id: id, config: config).text(pretty: true))
                try await box.kill(at: point, ["db", "create", spec, "--yes"])
                let again = try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
                box.log.add("\(point): \(again.summary)")
                let copy = try await box.instances(of: id)[0]
                #expect(try await copy.contents(of: "t") == contents, "\(point)")
                #expect(try await copy.value("SELECT failed_count FROM pg_stat_archiver") == "0")
                try await box.pgstanza("db", "stop", id).expect(exit: 0)
            }

            // A backup whose files are damaged is found only while it is restored.
            try await box.run([
                "find", box.path + "/repo/databases/shop/local/n1/backup/db", "-path", "*F/bundle/*", "-type", "f",
                "-exec", "truncate", "-s", "100", "{}", ";",
            ])
            .expect(exit: 0)
            let spec = try box.write(
                "late.json", try CreateFromBackupTests.copySpec(box, id: "late", config: config).text(pretty: true))
            let failed = try await box.pgstanza("db", "create", spec, "--yes")
            #expect(failed.exitCode != 0 && failed.errorOutput.contains("nothing is left of late"), "\(failed.summary)")
            #expect(!box.exists(box.home + "/databases/late/database.json"))
            #expect(!box.exists(box.home + "/databases/late/n1/pgdata"))
            #expect(!box.exists(box.path + "/repo-own/databases/late"))
        }
    }
}
