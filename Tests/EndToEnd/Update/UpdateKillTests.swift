import Foundation
import PositionedJSON
import Testing

/// An update that is killed goes on when it is run again, and ends the same.
@Suite struct UpdateKillTests {
    @Test func killedAnywhereItEndsTheSame() async throws {
        try await withSandbox { box in
            var bench = try await UpdateBench.make(box)
            let plain = bench.document
            let other = try box.posixRepository(id: "other", path: "repo-other")
            var rich = plain
            rich["spec"]?["postgresql_conf"]?["work_mem"] = .string("8MB")
            rich["spec"]?["postgresql_conf"]?["max_connections"] = .string("60")
            rich["spec"]?["database_users"] = .array(
                (plain["spec"]?["database_users"]?.arrayValue ?? []) + [.object(["username": .string("reader")])])
            rich["spec"]?["backup_config"]?["repositories"] = .array(
                (plain["spec"]?["backup_config"]?["repositories"]?.arrayValue ?? []) + [other])

            // Each spec once without a kill, for what it has to end as.
            try await bench.update("--yes") { $0 = rich }
            let richState = try await bench.state()
            try await bench.update("--yes") { $0 = plain }
            let plainState = try await bench.state()
            #expect(richState != plainState)

            let points =
                ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"
                ? [
                    "update.accepted", "update.settings-written", "update.restarted", "update.stanza",
                    "update.configuration", "update.proven",
                ] : ["update.restarted", "update.stanza"]
            for point in points {
                try await bench.kill(at: point, [try bench.file(rich), "--yes"])
                // What is half done is not backed up by the wrong numbers.
                try await box.pgstanza("backup", bench.id, "--type", "incr").expect(exit: 73)
                let file = try bench.file(rich)
                let isWithSpec = point.hasSuffix("n")
                try await box.pgstanza(
                    ["db", "update", bench.id] + (isWithSpec ? [file] : []) + ["--yes"]
                ).expect(exit: 0)
                bench.document = rich
                #expect(try await bench.state() == richState, "\(point)")
                #expect(try await bench.leftToDo().isEmpty, "\(point)")
                try await bench.update("--yes") { $0 = plain }
                #expect(try await bench.state() == plainState, "\(point)")
            }

            // Given up half way for the spec from before.
            try await bench.kill(at: "update.configuration", [try bench.file(rich), "--yes"])
            bench.document = plain
            try await box.pgstanza("db", "update", bench.id, try bench.file(plain), "--yes").expect(exit: 0)
            #expect(try await bench.state() == plainState)
            #expect(try await bench.leftToDo().isEmpty)

            let none = plain.replacing("spec", "backup_config", with: .null)
            try await bench.kill(at: "update.archiving-off", [try bench.file(none)])
            try await box.pgstanza("db", "update", bench.id).expect(exit: 0)
            bench.document = none
            #expect(try await bench.leftToDo().isEmpty)
            #expect(try await bench.primary().value("SHOW archive_command") == "/bin/true")
            try await box.pgstanza("backup", bench.id, "--type", "incr").expect(exit: 73)
        }
    }
}
