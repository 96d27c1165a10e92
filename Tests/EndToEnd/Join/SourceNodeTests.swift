import PositionedJSON
import Testing

/// Nodes that are copied from one that runs, without a backup.
@Suite struct SourceNodeTests {
    @Test func aCopyOfARunningNodeHasEveryRow() async throws {
        try await withSandbox { box in
            var run = try await box.createJoinable(nodes: 3)
            try await run.join(
                "pglogical, n4 as a copy of n2", try run.adding("n4", ["source_node": "n2"]), reference: "n3")
            // Copies of copies, and what was given up is cleared away.
            try await run.join(
                "pglogical, n5 as a copy of n4, killed", try run.adding("n5", ["source_node": "n4"]), reference: "n3",
                killedAt: ["restore-files.copied"])
            for node in run.mesh.nodes {
                #expect(
                    try await node.value("SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical'")
                        == "0")
                #expect(try await node.value("SELECT count(*) FROM pg_replication_slots WHERE active") == "4")
            }
        }
    }

    /// Nodes that know nothing of each other: a copy with everything up to the moment it was made.
    @Test func withoutReplicationItIsACopy() async throws {
        try await withSandbox { box in
            var bench = try await UpdateBench.make(box)
            let n1 = try await bench.primary()
            try await n1.query("CREATE ROLE app LOGIN")
            try await n1.query("INSERT INTO t SELECT i, 'row' FROM generate_series(2, 500) i")
            let before = try await InstanceState.of(n1)
            let plain = JoinRun(
                mesh: Mesh(
                    shop: Shop(box: box, id: bench.id, instances: [n1]), provider: .pglogical),
                document: bench.document)
            let wanted = try plain.adding("n2", ["source_node": "n1"])
            let done = try await bench.update("--yes") { $0 = wanted }
            #expect(done == ["add-node"])
            let n2 = try #require(try await box.instances(of: bench.id).first { $0.name == "n2" })
            #expect(try await n2.contents(of: "t") == n1.contents(of: "t"))
            #expect(try await n2.value("SELECT pg_is_in_recovery()") == "f")
            #expect(try await n2.value("SHOW cluster_name") == "shop-n2")
            #expect(try await n2.value("SHOW archive_mode") == "on")
            #expect(try await InstanceState.of(n1) == before)
            #expect(try await n1.value("SELECT count(*) FROM pg_replication_slots") == "0")
            #expect(try await bench.leftToDo().isEmpty)
            // Each goes its own way, and is backed up in its own place.
            try await n2.query("INSERT INTO t VALUES (1000, 'of n2')")
            #expect(try await n1.value("SELECT count(*) FROM t WHERE i = 1000") == "0")
            try await box.pgstanza("backup", bench.id, "n2", "--type", "full").expect(exit: 0)
        }
    }
}
