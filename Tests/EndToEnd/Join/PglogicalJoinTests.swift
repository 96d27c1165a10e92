import PositionedJSON
import Testing

/// A node that joins nodes which pglogical replicates, all of which are written to.
@Suite struct PglogicalJoinTests {
    @Test func aNodeFromABackupHasEveryRow() async throws {
        try await withSandbox { box in
            var run = try await box.createJoinable(nodes: 3)
            try await run.mesh.shop.backup(node: "n1")
            let wanted = try run.adding("n4", ["restore_config": JoinRun.backup(of: "n1")])
            let plan = try await box.pgstanza(
                "db", "update", "shop", box.write("plan.json", wanted.text(pretty: true)), "--dry-run"
            ).expect(exit: 0)
            #expect(plan.output.contains("it reads by sub_n2_n4, sub_n3_n4, sub_n1_n4"), "\(plan.output)")
            #expect(plan.output.contains("it is read by sub_n4_n2, sub_n4_n3, sub_n4_n1"))
            #expect((plan.output + plan.errorOutput).contains("would give out the same keys: public.loose"))

            try await run.join("pglogical, n4 from n1's backup", wanted)
            let four = try run.mesh.node("n4")
            #expect(
                try await four.query(
                    "SELECT sub_name, sub_slot_name, coalesce(sub_forward_origins, '{}') FROM pglogical.subscription "
                        + "ORDER BY 1")
                    == (1...3).map { ["sub_n\($0)_n4", "pgl_shop_n\($0)_sub_n\($0)_n4", "{}"] })
            #expect(
                try await four.query(
                    "SELECT set_name, set_reloid::regclass FROM pglogical.replication_set_table JOIN "
                        + "pglogical.replication_set USING (set_id)") == [["default", "items"]])
            for node in run.mesh.nodes {
                #expect(try await node.value("SELECT count(*) FROM pg_replication_slots WHERE active") == "3")
            }
            // It is one of them: nothing is left to do, and it can be restored in place like the others.
            let again = try await box.pgstanza("db", "update", "shop", "--dry-run", "--json").expect(exit: 0).json()
            #expect(again["actions"]?.arrayValue?.isEmpty == true, "\(again.text(pretty: true))")
            try await run.mesh.shop.backup(node: "n4")
            try await MeshRun(mesh: run.mesh).exactRestore(
                "pglogical, n4 in place from its own backup", reference: "n2", "--target-node", "n4")
        }
    }

    /// Nobody keeps anything for a node that goes, and one of its name can come again in another place.
    @Test func aNodeLeavesAndComesAgain() async throws {
        try await withSandbox { box in
            var run = try await box.createJoinable(nodes: 2)
            try await run.mesh.shop.backup(node: "n1")
            let (plain, two) = (run.document, run.mesh)
            try await run.join(
                "pglogical, n4 joins two", try run.adding("n4", ["restore_config": JoinRun.backup(of: "n1")]))
            let four = try run.mesh.node("n4")
            try await four.query("INSERT INTO items VALUES (5, 'n4', 'the last', 0)")
            let without = try box.write("without.json", plain.text(pretty: true))
            let asked = try await box.pgstanza("db", "update", "shop", without).expect(exit: 73)
            #expect(asked.errorOutput.contains("n4"))
            try await box.pgstanza("db", "update", "shop", without, "--yes").expect(exit: 0)
            #expect(four.postmasterPID == nil && box.exists(four.dataDirectory + "/PG_VERSION"))
            (run.document, run.mesh) = (plain, two)
            #expect(try await run.traces(of: "n4") == ["a data directory"])
            for node in two.nodes {
                #expect(try await node.value("SELECT v FROM items WHERE id = 5") == "the last")
                #expect(try await node.value("SELECT count(*) FROM pg_replication_slots WHERE active") == "1")
                #expect(try await node.value("SELECT count(*) FROM pglogical.node WHERE node_name = 'n4'") == "0")
            }
            try await run.join(
                "pglogical, another n4 joins two",
                try run.adding(
                    "n4",
                    [
                        "restore_config": JoinRun.backup(of: "n1"),
                        "local": ["pgdata": .string(try box.makeDirectory("elsewhere") + "/pgdata")],
                        "backup_config": ["repositories": [try box.posixRepository(id: "again")]],
                    ]))
        }
    }

    /// Killed over and over, while the nodes are written to.
    @Test func aNodeThatWasCutShortEndsTheSame() async throws {
        try await withSandbox { box in
            var run = try await box.createJoinable(nodes: 3)
            try await run.mesh.shop.backup(node: "n1")
            let wanted = try run.adding("n4", ["restore_config": JoinRun.backup(of: "n1")])
            try await run.join(
                "pglogical, n4 killed three times", wanted,
                killedAt: ["remove-subscriptions.reserving", "start-primary.positions", "recreate-subscriptions.made"])
        }
    }

    @Test func whatCannotJoinLeavesNothingBehind() async throws {
        try await withSandbox { box in
            var run = try await box.createJoinable(nodes: 2)
            try await run.mesh.shop.backup(node: "n1")
            func wanted(_ config: JSONTree, port: Int? = nil) throws -> JSONTree {
                try run.adding("n4", ["restore_config": config], port: port)
            }
            let newest = JoinRun.backup(of: "n1")
            // A moment of the past, nothing at all, a port and a name that are taken, a peer that is down.
            let past = newest.replacing("restore_options", with: ["type": "immediate"])
            try await run.refuses(try wanted(past), node: "n4", exit: 73, code: "not-exact")
            try await run.refuses(try run.adding("n4", [:]), node: "n4", exit: 73, code: "needs-source")
            try await run.refuses(
                try run.adding("n4", ["restore_config": newest, "local": ["replication": "native"]]), node: "n4",
                exit: 65, code: "two-providers")
            let other = try await box.startCluster("other")
            try await run.refuses(
                try wanted(newest, port: other.port), node: "n4", exit: 73, code: "port-in-use")
            let two = try run.mesh.node("n2")
            let slot = "pgl_shop_n2_sub_n2_n4"
            try await two.query("SELECT pg_create_logical_replication_slot('\(slot)', 'pglogical_output')")
            let taken = try await box.pgstanza(
                "db", "update", "shop", try box.write("refused.json", try wanted(newest).text(pretty: true)), "--yes",
                "--json"
            ).expect(exit: 73)
            #expect(try taken.jsonError()["error"]?["code"]?.stringValue == "name-taken")
            try await two.query("SELECT pg_drop_replication_slot('\(slot)')")
            try await box.pgstanza("db", "stop", "shop", "n2").expect(exit: 0)
            let down = try await box.pgstanza("db", "update", "shop", box.path + "/refused.json", "--yes", "--json")
                .expect(exit: 69)
            #expect(try down.jsonError()["error"]?["code"]?.stringValue == "peer-down")
            try await box.pgstanza("db", "start", "shop", "n2").expect(exit: 0)

            // Files of the backup that are damaged are found only while they are restored: the slots are there by then.
            let files = box.path + "/repo/databases/shop/local/n1/backup/db"
            try await box.run([
                "find", files, "-path", "*F/bundle/*", "-type", "f", "-exec", "truncate", "-s", "100", "{}", ";",
            ]).expect(exit: 0)
            let failed = try await box.pgstanza("db", "update", "shop", box.path + "/refused.json", "--yes")
            #expect(failed.exitCode != 0 && failed.errorOutput.contains("nothing is left of n4"), "\(failed.summary)")
            #expect(try await run.traces(of: "n4").isEmpty)
            for node in run.mesh.nodes {
                #expect(try await node.value("SELECT count(*) FROM pg_replication_slots WHERE active") == "1")
            }
            // Without it again, and with another backup the same goes well.
            let without = try box.write("without.json", run.document.text(pretty: true))
            try await box.pgstanza("db", "update", "shop", without, "--yes").expect(exit: 0)
            try await run.mesh.shop.backup(node: "n1")
            try await run.join("pglogical, n4 after a failure", try wanted(newest))
        }
    }
}
