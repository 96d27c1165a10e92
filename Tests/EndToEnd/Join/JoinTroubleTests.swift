import Glibc
import PositionedJSON
import Testing

/// Nodes that join while a peer fails, and joins that are given up.
@Suite struct JoinTroubleTests {
    /// A peer that goes down before it can be connected is connected when it is back; nothing that it wrote is lost, nor
    /// anything that was written for it.
    @Test func aPeerThatGoesDownIsConnectedLater() async throws {
        try await withSandbox { box in
            var run = try await box.createJoinable(nodes: 3)
            let (one, three) = (try run.mesh.node("n1"), try run.mesh.node("n3"))
            func insert(_ from: Int, on node: Instance) async throws {
                try await node.query(
                    "INSERT INTO items SELECT i, '\(node.name)', 'x', i FROM generate_series(\(from), \(from) + 99) i")
            }
            for (index, node) in run.mesh.nodes.enumerated() { try await insert(1000 * (index + 1), on: node) }
            let wanted = try box.write(
                "wanted.json", try run.adding("n4", ["source_node": "n1"]).text(pretty: true))
            let paused = box.path + "/out/held"
            let program = try box.start(
                [box.executable, "db", "update", "shop", wanted, "--yes"],
                environment: ["PGSTANZA_TEST_PAUSE": "start-primary.performed", "PGSTANZA_TEST_PAUSED": paused])
            try await waitUntil("held") { box.exists(paused) }
            try await insert(5000, on: three)
            try await three.pgCtl("-m", "immediate", "stop").expect(exit: 0)
            try await insert(6000, on: one)
            unlink(paused)
            let result = try await program.wait(timeLimit: 240).expect(exit: 0)
            #expect(result.errorOutput.contains("n3"), "\(result.errorOutput)")
            let four = try #require(try await box.instances(of: "shop").first { $0.name == "n4" })
            try await four.waitFor("SELECT count(*) FROM items WHERE id BETWEEN 6000 AND 6099", toBe: "100")
            try await insert(7000, on: four)

            try await box.pgstanza("db", "start", "shop", "n3").expect(exit: 0)
            try await box.pgstanza("db", "update", "shop", "--yes").expect(exit: 0)
            run.mesh = Mesh(
                shop: Shop(box: box, id: "shop", instances: try await box.instances(of: "shop")), provider: .pglogical)
            try await insert(8000, on: three)
            for node in run.mesh.nodes {
                try await node.waitFor("SELECT count(*) FROM items", toBe: "700")
                try await node.waitFor("SELECT count(*) FROM pg_replication_slots WHERE active", toBe: "3")
            }
            let contents = try await four.contents(of: "items")
            for node in run.mesh.nodes { #expect(try await node.contents(of: "items") == contents) }
        }
    }

    /// What waits for a transaction that is open gives up after a while, names it, and leaves no slot behind.
    @Test func anOpenTransactionIsNamedAndNothingIsLeft() async throws {
        try await withSandbox { box in
            let run = try await box.createJoinable(nodes: 2)
            let one = try run.mesh.node("n1")
            let open = try box.start(
                one.psqlCommand() + ["-c", "INSERT INTO items VALUES (1, 'n1', 'open', 0); SELECT pg_sleep(100)"])
            try await one.waitFor(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(100)%' AND backend_xid IS NOT NULL",
                toBe: "1")
            let wanted = try box.write(
                "wanted.json", try run.adding("n4", ["source_node": "n1"]).text(pretty: true))
            let failed = try await box.pgstanza("db", "update", "shop", wanted, "--yes", "--json")
            open.signal(SIGKILL)
            #expect(failed.exitCode == 1, "\(failed.summary)")
            let error = try failed.jsonError()["error"]
            #expect(error?["code"]?.stringValue == "slot-blocked")
            #expect(error?["hint"]?.stringValue?.contains("nothing is left of n4") == true)
            #expect(error?["details"]?.text(pretty: false).contains("open since") == true)
            #expect(try await run.traces(of: "n4").isEmpty)
        }
    }

    /// One that was killed is taken back by a spec without it, and by an abort as long as no file was written.
    @Test func whatWasCutShortCanBeGivenUp() async throws {
        try await withSandbox { box in
            let run = try await box.createJoinable(nodes: 2)
            try await run.mesh.shop.backup(node: "n1")
            let wanted = try box.write(
                "wanted.json",
                try run.adding("n4", ["restore_config": JoinRun.backup(of: "n1")]).text(pretty: true))
            let plain = try box.write("plain.json", run.document.text(pretty: true))
            let update = ["db", "update", "shop", wanted, "--yes"]

            try await box.kill(at: "remove-subscriptions.reserved", update)
            #expect(try await run.traces(of: "n4").count == 2)
            try await box.pgstanza("restore", "abort", "shop").expect(exit: 0)
            #expect(try await run.traces(of: "n4").isEmpty)

            for point in ["start-primary.promoted", "start-primary.performed"] {
                try await box.kill(at: point, update)
                #expect(try await run.traces(of: "n4").count == 3)
                let plan = try await box.pgstanza("db", "update", "shop", plain, "--dry-run").expect(exit: 0)
                #expect(plan.output.contains("taken back"), "\(plan.output)")
                try await box.pgstanza("db", "update", "shop", plain).expect(exit: 0)
                #expect(try await run.traces(of: "n4").isEmpty, "\(point)")
                let left = try await box.pgstanza("db", "update", "shop", plain, "--dry-run", "--json").expect(exit: 0)
                #expect(try left.json()["actions"]?.arrayValue?.isEmpty == true)
            }
            for node in run.mesh.nodes {
                #expect(try await node.value("SELECT count(*) FROM pg_replication_slots WHERE active") == "1")
            }
        }
    }

    private func waitUntil(_ what: String, _ isSo: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while !isSo() {
            guard ContinuousClock.now < deadline else { throw FixtureError("never: \(what)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
