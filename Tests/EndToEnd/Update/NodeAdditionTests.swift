import PositionedJSON
import Testing

/// Nodes that `db update` adds to a living database, and takes out of it again.
@Suite struct NodeAdditionTests {
    @Test func aNodeComesFromABackupOfAnotherThatGoesOn() async throws {
        try await withSandbox { box in
            var bench = try await UpdateBench.make(box)
            let n1 = try await bench.primary()
            try await box.pgstanza("backup", bench.id, "--type", "full").expect(exit: 0)
            try await n1.query("INSERT INTO t SELECT i, 'since the backup' FROM generate_series(2, 200) i")
            let before = try await InstanceState.of(n1)
            let writer = try await n1.startWriter()

            let plain = bench.document
            let joined = try node(
                "n2", host: "host-9",
                config: [
                    "source_node_name": .string("n1"), "restore_options": .object([:]),
                ])
            var wanted = plain
            wanted["spec"]?["nodes"] = .array((plain["spec"]?["nodes"]?.arrayValue ?? []) + [joined])
            let dry = try await box.pgstanza("db", "update", bench.id, try bench.file(wanted), "--dry-run").expect(
                exit: 0)
            #expect(dry.output.contains("add-node") && dry.output.contains("from backup"))
            // Killed in the middle of the restore, and gone on with.
            try await bench.kill(at: "restore-files.restored", [try bench.file(wanted), "--yes"])
            try await box.pgstanza("db", "update", bench.id, "--yes").expect(exit: 0)
            bench.document = wanted
            #expect(try await bench.leftToDo().isEmpty)
            let n2 = try #require(try await box.instances(of: bench.id).first { $0.name == "n2" })
            #expect(try await n2.value("SELECT count(*) >= 200 FROM t") == "t")
            #expect(try await InstanceState.of(n1) == before)
            let written = try await writer.stop()
            #expect(!written.isEmpty && writer.errors().isEmpty)
            #expect(try await n1.value("SELECT failed_count FROM pg_stat_archiver") == "0")

            // Each has its own place, though their system identifiers are one.
            try await box.pgstanza("backup", bench.id, "--type", "full").expect(exit: 0)
            let listed = try await box.pgstanza("backups", bench.id, "--json").expect(exit: 0).json()
            let counts = (listed["nodes"]?.arrayValue ?? []).map { $0["backups"]?.arrayValue?.count ?? 0 }
            #expect(counts == [2, 1])

            // Used once: restore_config may go.
            let rows = try await n2.value("SELECT count(*) FROM t")
            let accepted = try await bench.update { spec in
                spec = spec.replacing("spec", "nodes", 1, "restore_config", with: .null)
            }
            #expect(accepted == ["accept"])
            #expect(try await n2.value("SELECT count(*) FROM t") == rows)

            // What cannot be added says so, with nothing changed.
            var refused = bench.document
            let missing = try node("n3", host: "host-8", config: ["source_node_name": .string("n7")])
            refused["spec"]?["nodes"] = .array((bench.document["spec"]?["nodes"]?.arrayValue ?? []) + [missing])
            let named = try await box.pgstanza("db", "update", bench.id, try bench.file(refused), "--yes")
            #expect(named.exitCode == 66 || named.exitCode == 73, "\(named.summary)")
            #expect(named.errorOutput.contains("n7"))
            #expect(!box.exists(box.home + "/databases/shop/n3/pgdata"))
            #expect(try await bench.leftToDo().isEmpty)

            // Out again: only with a yes, and the directory stays.
            let asked = try await box.pgstanza("db", "update", bench.id, try bench.file(plain)).expect(exit: 73)
            #expect(asked.errorOutput.contains("n2"))
            let out = try await bench.update("--yes") { $0 = plain }
            #expect(out == ["remove-node"])
            #expect(n2.postmasterPID == nil && box.exists(n2.dataDirectory + "/PG_VERSION"))
            #expect(box.exists("repo/databases/shop/local/n2/backup/db/backup.info"))
            #expect(try await InstanceState.of(n1).postmaster == before.postmaster)
        }
    }

    private func node(_ name: String, host: String, config: [String: JSONTree]?) throws -> JSONTree {
        var members: [String: JSONTree] = [
            "name": .string(name), "host_ids": .array([.string(host)]),
            "orchestrator_opts": .object([
                "local": .object([
                    "instances": .object([host: .object(["port": .integer(Int64(try FreePorts.take()))])])
                ])
            ]),
        ]
        if let config { members["restore_config"] = .object(config) }
        return .object(members)
    }
}
