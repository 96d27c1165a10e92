import Foundation
import PositionedJSON
import Testing

/// `db update ID SPEC` on real servers.
@Suite struct UpdateTests {
    @Test func bringsARunningDatabaseToAnotherSpec() async throws {
        try await withSandbox { box in
            var bench = try await UpdateBench.make(box, replicas: 1)
            let before = try await InstanceState.of(try await bench.primary())
            #expect(try await bench.leftToDo().isEmpty)
            #expect(
                try await box.pgstanza("db", "update", bench.id).expect(exit: 0).output.contains("nothing to do"))

            // Without a restart: files, users, repositories, schedules, in one go and without a question.
            let other = try box.posixRepository(id: "other", path: "repo-other")
            let done = try await bench.update { spec in
                spec["spec"]?["postgresql_conf"]?["work_mem"] = .string("8MB")
                spec["spec"]?["pg_hba_conf"] = .array([.string("host all all 192.0.2.0/24 reject")])
                spec["spec"]?["pg_ident_conf"] = .array([.string("other one two")])
                spec["spec"]?["database_users"] = .array([
                    .object([
                        "username": .string("boss"), "password": .string("second s3cret"),
                        "attributes": .array([.string("LOGIN")]), "roles": .array([.string("reader")]),
                    ]),
                    .object(["username": .string("reader"), "db_owner": .bool(true)]),
                ])
                var repositories = spec["spec"]?["backup_config"]?["repositories"]?.arrayValue ?? []
                repositories[0]["retention_full"] = .integer(3)
                spec["spec"]?["backup_config"] = .object([
                    "repositories": .array([other] + repositories),
                    "schedules": .array([
                        .object([
                            "id": .string("night"), "type": .string("full"), "cron_expression": .string("0 2 * * *"),
                        ])
                    ]),
                ])
            }
            #expect(
                Set(done) == [
                    "change-setting", "change-hba", "change-ident", "alter-user", "create-user", "change-owner",
                    "add-repository", "change-repository", "change-schedules",
                ])
            #expect(try await bench.leftToDo().isEmpty)
            let primary = try await bench.primary()
            #expect(try await InstanceState.of(primary).postmaster == before.postmaster)
            #expect(try await primary.value("SHOW work_mem") == "8MB")
            #expect(
                try await primary.query(
                    "SELECT rolcreatedb, pg_has_role('boss', 'pg_monitor', 'member'), pg_has_role('boss', 'reader', 'member') "
                        + "FROM pg_roles WHERE rolname = 'boss'") == [["f", "f", "t"]])
            #expect(
                try await primary.value("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'shop'")
                    == "reader")
            try await login(box, primary, "boss", "second s3cret", works: true)
            try await login(box, primary, "boss", "first s3cret", works: false)
            let replica = try #require(try await box.instances(of: bench.id).first { $0.isReplica })
            try await replica.waitFor("SHOW work_mem", toBe: "8MB")
            // The new repository came first: it has a full backup, and the numbers of both fit their places.
            let labels = try await backups(box, bench.id)
            #expect(labels.map(\.repository) == ["other"])
            let configuration = readText(box.home + "/databases/shop/n1/pgbackrest.backup.conf")
            #expect(configuration.contains("repo1-path=\(box.path)/repo-other/databases/shop/other/n1"))
            #expect(configuration.contains("repo2-path=\(box.path)/repo/databases/shop/local/n1"))
            #expect(configuration.contains("repo2-retention-full=3"))
            try await box.pgstanza("backup", bench.id, "--type", "full", "--repo", "local").expect(exit: 0)

            try await restartsOnlyWithAYes(box, &bench)
            try await takesBackupsOffAndOnAgain(box, &bench)
        }
    }

    /// Ports and settings of a restart, a replica less.
    private func restartsOnlyWithAYes(_ box: Sandbox, _ bench: inout UpdateBench) async throws {
        let before = try await InstanceState.of(try await bench.primary())
        let port = try FreePorts.take()
        var wanted = bench.document
        wanted["spec"]?["postgresql_conf"]?["max_connections"] = .string("40")
        wanted = wanted.replacing(
            "spec", "nodes", 0, "orchestrator_opts", "local", "instances", "host-1", "port",
            with: .integer(Int64(port)))
        let refused = try await box.pgstanza("db", "update", bench.id, try bench.file(wanted)).expect(exit: 73)
        #expect(refused.errorOutput.contains("restarted") && refused.errorOutput.contains("--yes"))
        #expect(try await InstanceState.of(try await bench.primary()) == before)

        let done = try await bench.update("--yes") { $0 = wanted }
        #expect(Set(done).isSuperset(of: ["change-port", "change-setting", "restart", "write-configuration"]))
        #expect(try await bench.leftToDo().isEmpty)
        let primary = try await bench.primary()
        #expect(primary.port == port)
        #expect(try await primary.value("SHOW max_connections") == "40")
        try await primary.query("INSERT INTO t VALUES (2, 'on the new port')")
        let replica = try #require(try await box.instances(of: bench.id).first { $0.isReplica })
        try await replica.waitFor("SELECT count(*) FROM t", toBe: "2")
        #expect(try await replica.value("SHOW max_connections") == "40")
        try await box.pgstanza("backup", bench.id, "--type", "incr", "--repo", "other").expect(exit: 0)

        // A setting that the server would not take is found before anything is changed.
        let bad = wanted.replacing("spec", "postgresql_conf", "work_mem", with: .string("a lot"))
        let kept = try await InstanceState.of(primary)
        let invalid = try await box.pgstanza("db", "update", bench.id, try bench.file(bad), "--yes").expect(exit: 65)
        #expect(invalid.errorOutput.contains("work_mem"))
        #expect(try await InstanceState.of(primary) == kept)
        #expect(try await bench.leftToDo().isEmpty)

        // A replica that went its own way is built anew, and one that leaves the spec is let go.
        try await replica.query("SELECT pg_promote()")
        try await replica.waitFor("SELECT pg_is_in_recovery()", toBe: "f")
        try await replica.query("INSERT INTO t VALUES (3, 'only here')")
        #expect(try await box.pgstanza("db", "update", bench.id).expect(exit: 73).errorOutput.contains("built anew"))
        let rebuilt = try await box.pgstanza("db", "update", bench.id, "--yes", "--json").expect(exit: 0)
        #expect(UpdateBench.actions(try rebuilt.json()) == ["rebuild-replica"])
        try await replica.waitFor("SELECT count(*) FROM t", toBe: "2")
        let gone = try await bench.update("--yes") { spec in
            spec = spec.replacing("spec", "nodes", 0, "host_ids", with: .array([.string("host-1")]))
                .replacing(
                    "spec", "nodes", 0, "orchestrator_opts", "local", "instances", "host-2", with: .null)
        }
        #expect(gone == ["remove-replica"])
        #expect(try await primary.value("SELECT count(*) FROM pg_replication_slots") == "0")
        #expect(replica.postmasterPID == nil && box.exists(replica.dataDirectory + "/PG_VERSION"))
    }

    /// Backups off by leaving backup_config out, a restore from what was kept, and on again elsewhere.
    private func takesBackupsOffAndOnAgain(_ box: Sandbox, _ bench: inout UpdateBench) async throws {
        let primary = try await bench.primary()
        try await primary.query("INSERT INTO t VALUES (4, 'the last that is archived')")
        let rows = try await primary.contents(of: "t")
        // An older one is of a server with more connections, and could not be restored into this one.
        try await box.pgstanza("backup", bench.id, "--type", "full", "--repo", "local").expect(exit: 0)
        let config = bench.document["spec"]?["backup_config"] ?? .null
        let off = try await bench.update { spec in spec = spec.replacing("spec", "backup_config", with: .null) }
        #expect(Set(off) == ["backups-off", "change-schedules"])
        #expect(try await primary.value("SHOW archive_command") == "/bin/true")
        let refused = try await box.pgstanza("backup", bench.id, "--type", "full").expect(exit: 73)
        #expect(refused.errorOutput.contains("backup_config"))
        #expect(try await backups(box, bench.id).count >= 3)

        try await primary.query("INSERT INTO t VALUES (5, 'in no archive')")
        try await box.pgstanza("restore", bench.id, "--yes", "--consent", "no-way-back").expect(exit: 0)
        #expect(try await primary.contents(of: "t") == rows)
        // The repositories from before the restore are closed books: their mend is another id.
        let closed = try await box.pgstanza(
            "db", "update", bench.id, try bench.file(bench.document.replacing("spec", "backup_config", with: config)),
            "--yes"
        ).expect(exit: 73)
        #expect(closed.errorOutput.contains("another id"))
        #expect(try await primary.value("SHOW archive_mode") == "off")
        let repository = try box.posixRepository(id: "local-2")
        let on = try await bench.update("--yes") { spec in
            spec["spec"]?["backup_config"] = .object(["repositories": .array([repository])])
        }
        #expect(on == ["backups-on"])
        #expect(try await bench.leftToDo().isEmpty)
        #expect(try await backups(box, bench.id).contains { $0.repository == "local-2" })
        try await primary.waitFor("SELECT failed_count FROM pg_stat_archiver", toBe: "0")
    }

    private func login(_ box: Sandbox, _ primary: Instance, _ user: String, _ password: String, works: Bool)
        async throws
    {
        let result = try await box.run(
            [
                "psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", String(primary.port), "-U", user, "-d", "shop", "-c",
                "SELECT 1",
            ], environment: ["PGPASSWORD": password])
        #expect((result.exitCode == 0) == works, "\(result.summary)")
    }

    private func backups(_ box: Sandbox, _ id: String) async throws -> [(repository: String, label: String)] {
        let listing = try await box.pgstanza("backups", id, "--json").expect(exit: 0).json()
        return (listing["nodes"]?[0]?["backups"]?.arrayValue ?? []).map {
            ($0["repository"]?.stringValue ?? "", $0["label"]?.stringValue ?? "")
        }
    }
}
