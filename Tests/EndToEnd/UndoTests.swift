import Foundation
import PositionedJSON
import Testing

/// Back to the moment before a restore, and forth again.
@Suite struct UndoTests {
    /// Every commit that was acknowledged before the fence closed is there again; so is what was written after the
    /// restore, when the undo is undone, although nothing was archived meanwhile.
    @Test func twiceInARowAndForthAgain() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop(replicas: 1)
            let primary = try shop.primary()
            let replica = try #require(shop.replicas().first)
            try await shop.backup()
            try await primary.query(
                "CREATE TABLE written (number bigint PRIMARY KEY, written timestamptz DEFAULT now())")
            let target = try await shop.moment()
            try await primary.query("INSERT INTO t SELECT i, 'to be lost' FROM generate_series(2, 300) i")
            let lost = try await primary.contents(of: "t")

            let writer = try await primary.startWriter()
            try await writer.waitForCommits(50)
            let restore = try box.startPgstanza("restore", shop.id, "--target", target, "--yes", "--json")
            // The fence ends its session, and keeps it out until it is told to stop.
            while writer.errors().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            let acknowledged = try await writer.stop()
            let summary = try await restore.wait().expect(exit: 0).json()
            #expect(summary["undo"]?.stringValue == "pgstanza restore undo shop")
            #expect(try await primary.value("SELECT count(*) FROM written") == "0")
            #expect(try await primary.value("SELECT count(*) FROM t") == "1")
            try await primary.query("INSERT INTO t VALUES (7, 'after the restore')")
            let restored = try await primary.contents(of: "t")

            func undo(_ arguments: String...) async throws -> JSONTree {
                try await box.pgstanza(["restore", "undo", shop.id, "--yes", "--json"] + arguments).expect(exit: 0)
                    .json()
            }
            func expectBefore() async throws {
                #expect(try await primary.contents(of: "t") == lost)
                let rows = try await writer.rows()
                #expect(Set(acknowledged).subtracting(rows) == [])
                // At most the one commit whose answer the fence cut off is there besides.
                #expect(rows.count - acknowledged.count <= 1)
                try await replica.waitFor("SELECT count(*) FROM written", toBe: String(rows.count))
                #expect(try await replica.contents(of: "t") == lost)
            }

            let plan = try await box.pgstanza("restore", "undo", shop.id, "--plan", "--json").expect(exit: 0).json()
            #expect(plan["sources"]?[0]?["timeline"]?.intValue == 1)
            let label = summary["nodes"]?[0]?["undo"]?["label"]?.stringValue
            #expect(label != nil && plan["sources"]?[0]?["label"]?.stringValue == label)
            #expect(plan["undoes"]?.stringValue == summary["restore"]?.stringValue)
            #expect(plan["consents"]?.arrayValue == [])

            let first = try await undo()
            try await expectBefore()
            #expect(first["nodes"]?[0]?["undo"]?["timeline"]?.intValue == 2)

            // Undo of the undo, and of that.
            let second = try await undo()
            #expect(try await primary.contents(of: "t") == restored)
            #expect(try await primary.value("SELECT count(*) FROM written") == "0")
            #expect(second["nodes"]?[0]?["undo"]?["timeline"]?.intValue == 3)
            _ = try await undo()
            try await expectBefore()

            // With backups on again the way back leads through the new repository.
            try await box.pgstanza("db", "update", shop.id, "--yes").expect(exit: 0)
            try await primary.query("INSERT INTO t VALUES (9999, 'in the new repository')")
            let newest = try await primary.contents(of: "t")
            let fourth = try await undo("--reenable-backups")
            #expect(fourth["nodes"]?[0]?["undo"]?["repository"]?.stringValue == "local-2")
            #expect(try await primary.contents(of: "t") == restored)
            _ = try await undo()
            #expect(try await primary.contents(of: "t") == newest)
            let status = try await box.pgstanza("restore", "status", shop.id).expect(exit: 0)
            #expect(status.output.contains("pgstanza restore undo shop"))
            #expect(try shop.leftoverSettings() == [])
        }
    }

    @Test func withoutAWayBackItAsksForConsentAndARestoreThatWasNotIsNotUndone() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            let none = try await box.pgstanza("restore", "undo", shop.id, "--yes", "--json").expect(exit: 66)
            #expect(try none.jsonError()["error"]?["code"]?.stringValue == "nothing-to-undo")
            try await shop.backup()
            let target = try await shop.moment()
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            try await shop.restore("--target", target)

            // What was written since the restore cannot be archived without where its timeline began.
            let history = primary.dataDirectory + "/pg_wal/00000002.history"
            try FileManager.default.moveItem(atPath: history, toPath: box.path + "/history")
            let refused = try await box.pgstanza("restore", "undo", shop.id, "--yes", "--json").expect(exit: 73)
            let error = try refused.jsonError()["error"]
            #expect(error?["code"]?.stringValue == "no-way-back")
            #expect(error?["message"]?.stringValue?.contains("00000002.history") == true)
            #expect(error?["hint"]?.stringValue?.contains("pgstanza db update shop") == true)
            let done = try await box.pgstanza(
                "restore", "undo", shop.id, "--consent", "no-way-back", "--yes", "--json"
            ).expect(exit: 0).json()
            #expect(try await primary.value("SELECT string_agg(x, ',' ORDER BY i) FROM t") == "first,second")
            #expect(done["undo"] == .null)
            let again = try await box.pgstanza("restore", "undo", shop.id, "--yes", "--json").expect(exit: 73)
            #expect(try again.jsonError()["error"]?["code"]?.stringValue == "no-way-back")
        }
    }

    /// A server that crashed before the restore could not make a restore point; its WAL is the way back all the same.
    @Test func backToWhatACrashedServerHadAcknowledged() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            let target = try await shop.moment()
            let writer = try await primary.startWriter()
            try await writer.waitForCommits(100)
            try await primary.crash()
            let acknowledged = try await writer.stop()

            try await shop.restore("--target", target)
            #expect(try await primary.value("SELECT to_regclass('written') IS NULL") == "t")
            let undone = try await box.pgstanza("restore", "undo", shop.id, "--yes", "--json").expect(exit: 0)
            #expect(Set(acknowledged).subtracting(try await writer.rows()) == [])
            #expect(try undone.json()["undo"]?.stringValue != nil)
        }
    }
}
