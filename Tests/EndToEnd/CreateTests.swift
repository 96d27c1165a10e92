import Foundation
import Glibc
import PositionedJSON
import Testing

/// `db create`: new clusters, adopted ones, and what is left when it is killed.
@Suite struct CreateTests {
    @Test func makesPrimaryReplicaUsersAndArchive() async throws {
        try await withSandbox { box in
            var document = try box.spec(id: "shop", replicas: 1, postgresqlConf: ["work_mem": .string("7MB")])
            document["spec"]?["database_users"] = .array([
                .object([
                    "username": .string("owner"), "password": .string("s3cret owner's \\ word"),
                    "db_owner": .bool(true), "attributes": .array([.string("LOGIN"), .string("CREATEROLE")]),
                ]),
                .object([
                    "username": .string("reader"), "password": .string("another-s3cret"),
                    "attributes": .array([.string("LOGIN")]), "roles": .array([.string("pg_read_all_data")]),
                ]),
            ])
            document["spec"]?["scripts"] = .object([
                "post_init": .array([.string("CREATE ROLE from_script")]),
                "post_database_create": .array([.string("CREATE TABLE from_script AS SELECT 42 AS answer")]),
            ])
            let spec = try box.write("spec.json", document.text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)

            let instances = try await box.instances(of: "shop")
            #expect(instances.map(\.isReplica) == [false, true])
            let (primary, replica) = (instances[0], instances[1])
            #expect(try await primary.value("SHOW data_checksums") == "on")
            #expect(try await primary.value("SHOW work_mem") == "7MB")
            #expect(try await primary.value("SHOW archive_mode") == "on")
            #expect(try await primary.value("SHOW archive_timeout") == "1min")
            #expect(try await primary.value("SHOW listen_addresses").contains("localhost"))
            #expect(
                try await primary.value(
                    "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'shop'") == "owner")
            #expect(
                try await primary.query(
                    "SELECT rolname, rolcanlogin, rolcreaterole, left(rolpassword, 14) FROM pg_authid "
                        + "WHERE rolname IN ('owner', 'reader') ORDER BY 1")
                    == [["owner", "t", "t", "SCRAM-SHA-256$"], ["reader", "t", "f", "SCRAM-SHA-256$"]])
            #expect(
                try await primary.value("SELECT pg_has_role('reader', 'pg_read_all_data', 'member')") == "t")
            #expect(try await primary.value("SELECT answer FROM from_script") == "42")
            #expect(try await primary.value("SELECT count(*) FROM pg_roles WHERE rolname = 'from_script'") == "1")

            // The password works from outside, and no file but the spec holds it.
            let login = try await box.run(
                [
                    "psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", String(primary.port), "-U", "owner", "-d",
                    "shop",
                    "-c", "SELECT current_user",
                ], environment: ["PGPASSWORD": "s3cret owner's \\ word"])
            #expect(login.output == "owner\n")
            #expect(try await filesHolding("another-s3cret", under: box.home + "/databases/shop/n1").isEmpty)

            // The replica streams through its own slot, and the archive has what was written.
            try await primary.query("CREATE TABLE t AS SELECT generate_series(1, 100) i")
            try await replica.waitFor("SELECT count(*) FROM t", toBe: "100")
            #expect(
                try await primary.query(
                    "SELECT slot_type, active FROM pg_replication_slots WHERE slot_name LIKE 'pgstanza_n1_%'")
                    == [["physical", "t"]])
            #expect(try await primary.value("SELECT archived_count > 0 FROM pg_stat_archiver") == "t")
            #expect(try !segments(under: box.path + "/repo").isEmpty)

            // Twice is once.
            let before = try await InstanceState.of(primary)
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            #expect(try await InstanceState.of(primary) == before)
        }
    }

    @Test func adoptsAClusterThatIsThereAndKeepsItsOwn() async throws {
        try await withSandbox { box in
            let server = try await box.startCluster(settings: ["work_mem": "9MB"])
            try await server.query("CREATE DATABASE shop")
            try await server.query(
                "CREATE TABLE t AS SELECT i, 'row ' || i AS x FROM generate_series(1, 500) i", database: "shop")
            let contents = try await server.contents(of: "t", database: "shop")
            let spec = try box.write("spec.json", box.adoptionSpec(of: server).text(pretty: true))

            // archive_mode needs a restart: not without a yes.
            let before = try await InstanceState.of(server)
            let refused = try await box.pgstanza("db", "create", spec).expect(exit: 73)
            #expect(refused.errorOutput.contains("--yes"))
            #expect(try await InstanceState.of(server) == before)

            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            #expect(try await server.contents(of: "t", database: "shop") == contents)
            #expect(try await server.value("SHOW archive_mode") == "on")
            #expect(try await server.value("SHOW work_mem") == "9MB")
            #expect(try await server.value("SHOW port") == String(server.port))
            let listed = try await box.instances(of: "shop")[0]
            #expect(listed.dataDirectory == server.dataDirectory)
            #expect(listed.port == server.port)
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)
        }
    }

    @Test func aDryRunShowsTheFilesAndWritesNothing() async throws {
        try await withSandbox { box in
            var document = try box.spec(id: "shop")
            document["spec"]?["database_users"] = .array([
                .object(["username": .string("owner"), "password": .string("very-s3cret"), "db_owner": .bool(true)])
            ])
            let spec = try box.write("spec.json", document.text(pretty: true))
            let result = try await box.pgstanza("db", "create", spec, "--dry-run", "--json").expect(exit: 0)
            let plan = try result.json()
            #expect(plan["database"]?.stringValue == "shop")
            let texts = (plan["files"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }
            #expect(texts.contains { $0.contains("repo1-path=\(box.path)/repo/databases/shop/local/n1") })
            #expect(plan["actions"]?.arrayValue?.isEmpty == false)
            #expect(!result.output.contains("very-s3cret"))
            #expect(!box.exists(box.home + "/databases/shop"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: box.path + "/repo").isEmpty)
        }
    }

    /// Killed with SIGKILL ever later, then run again to the end.
    @Test func killedAnywhereItCanBeRunAgain() async throws {
        try await withSandbox { box in
            let spec = try box.write("spec.json", box.spec(id: "shop", replicas: 1).text(pretty: true))
            for delay in [0.2, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0] {
                let program = try box.startPgstanza("db", "create", spec, "--yes")
                try await Task.sleep(for: .seconds(delay))
                program.signal(SIGKILL)
                let result = try await program.wait()
                box.log.add("after \(delay) s: \(result.summary)")
                if result.exitCode == 0 { break }
            }
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            let instances = try await box.instances(of: "shop")
            #expect(instances.count == 2)
            try await instances[0].query("CREATE TABLE t AS SELECT generate_series(1, 10) i")
            try await instances[1].waitFor("SELECT count(*) FROM t", toBe: "10")
            #expect(
                try await instances[0].value("SELECT count(*) FROM pg_replication_slots WHERE active") == "1")
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)
        }
    }

    @Test func twoInstancesWithOnePortAreRefusedWithBothWaysOut() async throws {
        try await withSandbox { box in
            var document = try box.spec(id: "shop", nodes: 2)
            for index in 0...1 {
                document = document.replacing("spec", "nodes", index, "orchestrator_opts", with: .null)
                document = document.replacing("spec", "nodes", index, "port", with: .integer(Int64(31_999)))
            }
            let spec = try box.write("spec.json", document.text(pretty: true))
            let result = try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 65)
            #expect(result.errorOutput.contains("31999"))
            #expect(result.errorOutput.contains("host_id"))
            #expect(!box.exists(box.home + "/databases/shop"))
        }
    }

    @Test func anIDThatContradictsTheSpecIsInvalid() async throws {
        try await withSandbox { box in
            let spec = try box.write("spec.json", box.spec(id: "shop").text(pretty: true))
            let result = try await box.pgstanza("db", "create", spec, "--id", "store", "--yes").expect(exit: 65)
            #expect(result.errorOutput.contains("store") && result.errorOutput.contains("shop"))
        }
    }

    /// Names of WAL segments in a posix repository.
    private func segments(under directory: String) throws -> [String] {
        let files = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.contains("/archive/") && $0.split(separator: "/").last?.count ?? 0 > 40 }
    }

    private func filesHolding(_ text: String, under directory: String) async throws -> [String] {
        let files = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        return files.filter { readText(directory + "/" + $0).contains(text) }
    }
}
