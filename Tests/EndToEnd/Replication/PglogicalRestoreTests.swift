import Testing

/// Nodes that pglogical replicates in both directions, restored while all are written.
@Suite struct PglogicalRestoreTests {
    @Test func threeNodesLoseNothing() async throws {
        try await withSandbox { box in
            let mesh = try await box.createMesh(.pglogical, nodes: 3)
            let run = MeshRun(mesh: mesh)
            let (one, two) = (try mesh.node("n1"), try mesh.node("n2"))
            for node in ["n1", "n2", "n3"] { try await mesh.shop.backup(node: node) }
            let before = [try await mesh.catalogs(one), try await mesh.catalogs(two)]

            try await run.exactRestore("pglogical, n1 from its own backup", reference: "n3", "--target-node", "n1")
            #expect(try await mesh.catalogs(one) == before[0])
            #expect(try await mesh.catalogs(two) == before[1])

            try await one.query("CREATE SEQUENCE loose; SELECT setval('loose', 1000)")
            try await mesh.node("n3").query("CREATE SEQUENCE loose; SELECT setval('loose', 5)")
            let plan = try await box.pgstanza(
                "restore", mesh.shop.id, "--target-node", "n1", "--source-node", "n3", "--plan"
            )
            #expect(
                plan.output.contains("1 sequence is in no replication set and takes the values of n3: public.loose"))
            try await run.exactRestore(
                "pglogical, n1 from n3's backup", reference: "n3", "--target-node", "n1", "--source-node", "n3",
                "--consent", "no-way-back", "--advance-sequences")
            #expect(try await mesh.catalogs(one) == before[0])
            #expect(try await one.value("SELECT last_value FROM loose") == "1000")

            try await run.exactRestore(
                "pglogical, n1 and n2 from n3's backup", reference: "n3", "--target-node", "n1", "--target-node", "n2",
                "--source-node", "n3", "--consent", "no-way-back")
            #expect(try await mesh.catalogs(one) == before[0])
            #expect(try await mesh.catalogs(two) == before[1])

            // All go back together: what comes after the moment is gone everywhere, and they agree.
            let past = try await run.during("pglogical, all to one time from n3's backup", reference: "n3") {
                let target = try await mesh.shop.moment("n3")
                try await Task.sleep(for: .milliseconds(500))
                try await mesh.shop.restore(
                    "--source-node", "n3", "--target", target, "--consent", "no-way-back")
            }
            for (node, difference) in past.differences {
                #expect(difference.agrees, "all to one time: \(node): \(difference)")
            }
            for node in mesh.nodes {
                try await node.waitFor("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", toBe: "2")
            }
        }
    }
    /// A disabled subscription, and another database with another provider, come back too; what is backed out of before
    /// any file was touched is exact again. At the end what the tests would see if rows were lost: the same by hand, with
    /// subscriptions that begin where their new slots stand.
    @Test func everythingComesBackAndThePlainWayLosesRows() async throws {
        try await withSandbox { box in
            let mesh = try await box.createMesh(.pglogical, nodes: 2)
            let run = MeshRun(mesh: mesh)
            let (one, two) = (try mesh.node("n1"), try mesh.node("n2"))
            try await mesh.shop.backup(node: "n1")
            try await one.query(
                "SELECT pglogical.create_subscription('spare', '\(mesh.dsn(two))', '{custom}', false, false, '{all}', "
                    + "'5 seconds')")
            try await one.waitFor("SELECT count(*) FROM pglogical.subscription WHERE sub_enabled", toBe: "2")
            try await two.waitFor("SELECT count(*) FROM pg_replication_slots WHERE active", toBe: "2")
            try await one.query("SELECT pglogical.alter_subscription_disable('spare', true)")
            try await two.waitFor("SELECT count(*) FROM pg_replication_slots WHERE active", toBe: "1")
            try await mesh.addSideDatabase(from: two, to: one)
            let before = [try await mesh.catalogs(one), try await mesh.catalogs(two)]
            let side = try await mesh.catalogs(one, database: "side")

            let own = try await run.during("pglogical, two nodes, n1 from its own backup", reference: "n2") {
                // Open on the peer for longer than the restore takes: neither waits for the other, and no row is lost.
                let open = try box.start(
                    two.psqlCommand() + [
                        "-c", "INSERT INTO items VALUES (2000000000, 'n2', 'open', 0); SELECT pg_sleep(15)",
                    ])
                try await two.waitFor(
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(15)%' AND backend_xid IS NOT NULL",
                    toBe: "1")
                try await mesh.shop.restore("--target-node", "n1")
                _ = try await open.wait()
            }
            for (node, difference) in own.differences { #expect(difference == .none, "own: \(node)") }
            #expect(try await one.value("SELECT count(*) FROM items WHERE v = 'open'") == "1")
            #expect(try await mesh.catalogs(one) == before[0])
            #expect(try await mesh.catalogs(two) == before[1])
            #expect(try await mesh.catalogs(one, database: "side") == side)
            try await two.query("INSERT INTO beside VALUES (2)", database: "side")
            try await one.waitFor("SELECT count(*) FROM beside", toBe: "2", database: "side")
            try await box.pgstanza("db", "update", mesh.shop.id, "--yes").expect(exit: 0)

            let aborted = try await run.during("pglogical, killed after the stop and aborted", reference: "n2") {
                try await mesh.killRestore(at: "stop-primary.performed", "--target-node", "n1")
                try await box.pgstanza("restore", "abort", mesh.shop.id).expect(exit: 0)
            }
            for (node, difference) in aborted.differences { #expect(difference == .none, "after the abort: \(node)") }
            #expect(try await mesh.catalogs(one) == before[0])
            #expect(try await mesh.catalogs(two) == before[1])

            let plain = try await run.during("control, n1 from its own backup the plain way", reference: "n2") {
                try await two.query("SELECT pglogical.drop_subscription('sub_n1_n2')")
                try await one.query("SELECT pglogical.drop_subscription('sub_n2_n1')")
                try await one.pgCtl("-m", "fast", "-w", "-t", "60", "stop").expect(exit: 0)
                try await box.run([
                    "pgbackrest", "--config=\(box.home)/databases/\(mesh.shop.id)/n1/pgbackrest.backup.conf",
                    "--stanza=db", "--delta", "restore",
                ]).expect(exit: 0)
                try await one.pgCtl("-l", box.path + "/out/plain.log", "-w", "-t", "60", "start").expect(exit: 0)
                try await one.waitFor("SELECT pg_is_in_recovery()", toBe: "f")
                try await mesh.subscribe(one, to: two)
                try await mesh.subscribe(two, to: one)
                for node in [one, two] {
                    try await node.waitFor(
                        "SELECT count(*) FROM pg_replication_slots WHERE plugin = 'pglogical_output' AND active",
                        toBe: "1")
                }
            }
            #expect((plain.differences["n1"]?.missing ?? 0) > 0, "the comparison would not see lost rows")
        }
    }
}
