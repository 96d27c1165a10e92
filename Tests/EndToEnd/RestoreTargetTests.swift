import Foundation
import PositionedJSON
import Testing

/// Every type of recovery target: the rows of that moment, on primary and replica.
@Suite struct RestoreTargetTests {
    @Test func goesBackToEveryKindOfTarget() async throws {
        try await withSandbox { box in
            let story = try await createStory(in: box, replicas: 1)
            let first = try await story.stage("first")
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)
            // A time in the second in which the backup ended would be refused.
            try await Task.sleep(for: .seconds(1.1))
            let second = try await story.stage("second")
            let third = try await story.stage("third")
            let last = try await story.stage("last")
            try await story.primary.query("DROP TABLE \(Story.table)")

            for (arguments, expected) in [
                (["--type", "time", "--target", second.time], second.contents),
                (["--type", "lsn", "--target", third.lsn], third.contents),
                (["--type", "xid", "--target", third.xid], third.contents),
                (["--type", "name", "--target", "last"], last.contents),
                (["--type", "immediate"], first.contents),
                ([], "missing"),
            ] {
                try await restore(arguments, in: box)
                try await expectRows(expected, arguments, in: box)
            }
        }
    }

    private func createStory(in box: Sandbox, replicas: Int) async throws -> Story {
        let spec = try box.write("spec.json", box.spec(id: "shop", replicas: replicas).text(pretty: true))
        try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
        return try await Story(primary: box.instances(of: "shop")[0])
    }

    /// Restores with every consent that going back a second time can need: what the node wrote since is lost.
    private func restore(_ arguments: [String], in box: Sandbox) async throws {
        try await box.pgstanza(
            ["restore", "shop", "--yes", "--consent", "wal-loss", "--consent", "no-way-back"] + arguments
        ).expect(exit: 0)
    }

    /// The rows, and that this is a healthy primary with a replica of the same timeline.
    private func expectRows(_ contents: String, _ target: [String], in box: Sandbox) async throws {
        let instances = try await box.instances(of: "shop")
        let primary = instances[0]
        #expect(try await Story.contents(on: primary) == contents, "primary after \(target)")
        #expect(try await primary.value("SELECT pg_is_in_recovery()") == "f")
        let shop = Shop(box: box, id: "shop", instances: instances)
        #expect(try shop.leftoverSettings() == [], "after \(target)")
        for replica in instances.dropFirst() {
            try await replica.waitFor("SELECT status FROM pg_stat_wal_receiver", toBe: "streaming")
            #expect(try await Story.contents(on: replica) == contents, "replica after \(target)")
            let timeline = "SELECT timeline_id FROM pg_control_checkpoint()"
            try await primary.query("CHECKPOINT")
            try await replica.waitFor(
                "SELECT received_tli FROM pg_stat_wal_receiver", toBe: try await primary.value(timeline))
        }
    }
}
