import Foundation
import PositionedJSON
import Testing

/// `db create` with `restore_config`: a new database from a backup.
@Suite struct CreateFromBackupTests {
    /// The spec of a database `copy` from a backup of `shop`.
    static func copySpec(
        _ box: Sandbox, id: String = "copy", replicas: Int = 0, config: [String: JSONTree]
    ) throws -> JSONTree {
        var document = try box.spec(
            id: id, replicas: replicas, repositories: [try box.posixRepository(id: "own", path: "repo-own")])
        document["spec"]?["restore_config"] = .object(config)
        document["spec"]?["database_users"] = .array([
            .object([
                "username": .string("keeper"), "password": .string("keeper's s3cret"), "db_owner": .bool(true),
                "attributes": .array([.string("LOGIN")]),
            ])
        ])
        return document
    }

    static func source(_ repository: JSONTree, options: [String: JSONTree] = [:]) -> [String: JSONTree] {
        [
            "source_database_id": .string("shop"), "source_node_name": .string("n1"),
            "source_database_name": .string("shop"), "repository": repository, "restore_options": .object(options),
        ]
    }

    /// From a repository that pgstanza wrote, to a moment, under another name, with a replica; the source goes on.
    @Test func becomesADatabaseOfItsOwn() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let origin = try shop.primary()
            try await origin.query(
                "CREATE ROLE visitor; CREATE TABLE theirs AS SELECT 1 AS i; ALTER TABLE theirs OWNER TO visitor")
            try await shop.backup()
            try await origin.query("INSERT INTO t SELECT i, 'wanted' FROM generate_series(2, 300) i")
            let wanted = try await origin.contents(of: "t")
            let target = try await shop.moment()
            try await origin.query("DELETE FROM t WHERE i > 100")
            try await shop.archiveAll()
            let untouched = try await InstanceState.of(origin)
            let rows = try await origin.contents(of: "t")

            let config = Self.source(
                try box.posixRepository(), options: ["type": .string("time"), "target": .string(target)])
            let spec = try box.write(
                "copy.json", try Self.copySpec(box, replicas: 1, config: config).text(pretty: true))
            let planned = try await box.pgstanza("db", "create", spec, "--dry-run", "--json").expect(exit: 0).json()
            #expect(Actions.of(planned).contains("n1 restore-backup"))
            #expect(Actions.of(planned).contains("n1 rename-database"))
            #expect(!box.exists(box.home + "/databases/copy"))
            let created = try await box.pgstanza("db", "create", spec, "--yes", timeLimit: 300).expect(exit: 0)
            #expect(created.errorOutput.contains("visitor"))

            let instances = try await box.instances(of: "copy")
            let (primary, replica) = (instances[0], try #require(instances.first { $0.isReplica }))
            #expect(try await primary.contents(of: "t") == wanted)
            #expect(
                try await primary.query("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")
                    == [["copy"], ["postgres"]])
            #expect(
                try await primary.value("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'copy'")
                    == "keeper")
            try await replica.waitFor("SELECT count(*) FROM t", toBe: "300")
            let login = try await box.run(
                [
                    "psql", "-X", "-At", "-h", "127.0.0.1", "-p", String(primary.port), "-U", "keeper", "-d", "copy",
                    "-c", "SELECT 1",
                ],
                environment: ["PGPASSWORD": "keeper's s3cret"])
            #expect(login.output == "1\n")
            // Nothing of the recovery, the fence or the source's settings is left.
            let settings = readText(primary.dataDirectory + "/postgresql.auto.conf")
            #expect(!settings.contains("recovery_target") && !settings.contains("hba_file"))
            #expect(try await primary.value("SHOW archive_command").contains("/databases/copy/n1/"))
            #expect(!readText(primary.dataDirectory + "/pg_hba.conf").contains("fence"))

            // Its backups are its own; the source's place and the source are as they were.
            try await box.pgstanza("backup", "copy", "--type", "full").expect(exit: 0)
            try await primary.query("INSERT INTO t VALUES (1000, 'in the copy')")
            try await box.pgstanza("restore", "copy", "--yes").expect(exit: 0)
            #expect(try await primary.value("SELECT count(*) FROM t") == "301")
            #expect(try await InstanceState.of(origin) == untouched)
            #expect(try await origin.contents(of: "t") == rows)
            try await shop.backup("incr")
            #expect(try await origin.value("SELECT failed_count FROM pg_stat_archiver") == "0")
            // Twice is once, and the restore_config may go.
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            #expect(try await primary.value("SELECT count(*) FROM t") == "301")
        }
    }

    /// Everything that is wrong is named before anything is made.
    @Test func badInputIsNamedAndNothingIsMade() async throws {
        try await withSandbox { box in
            let secret = try box.write("pass", "a pass phrase\n", mode: 0o600)
            var repository = try box.posixRepository()
            repository["custom_options"] = .object([
                "cipher-type": .string("aes-256-cbc"), "cipher-pass": .object(["file": .string(secret)]),
            ])
            let shop = try await box.createShop(repositories: [repository])
            let origin = try shop.primary()
            try await origin.query("CREATE DATABASE copy")
            try await shop.backup()
            let before = try await InstanceState.of(origin)
            let good = Self.source(repository)
            func changed(_ key: String, _ value: JSONTree) -> [String: JSONTree] {
                good.merging([key: value]) { $1 }
            }
            let other = try box.write("other-pass", "another pass phrase\n", mode: 0o600)
            let taken = try await box.startCluster("taken")
            let cases: [(name: String, spec: JSONTree, says: String)] = [
                ("database id", try Self.copySpec(box, config: changed("source_database_id", .string("shoq"))), "shoq"),
                ("node", try Self.copySpec(box, config: changed("source_node_name", .string("n7"))), "n7"),
                (
                    "database name",
                    try Self.copySpec(box, id: "fresh", config: changed("source_database_name", .string("shoq"))),
                    "has no database shoq"
                ),
                ("target name", try Self.copySpec(box, config: good), "a database copy too"),
                (
                    "no pass phrase",
                    try Self.copySpec(box, id: "fresh", config: changed("repository", try box.posixRepository())),
                    "cannot be read"
                ),
                (
                    "another pass phrase",
                    try Self.copySpec(
                        box, id: "fresh",
                        config: changed(
                            "repository",
                            repository.replacing("custom_options", "cipher-pass", "file", with: .string(other)))),
                    "cannot be read"
                ),
                (
                    "no such target",
                    try Self.copySpec(
                        box, id: "fresh",
                        config: changed(
                            "restore_options",
                            .object(["type": .string("time"), "target": .string("2020-01-01T00:00:00Z")]))),
                    "2020-01-01"
                ),
                (
                    "port",
                    try Self.copySpec(box, id: "fresh", config: good).replacing(
                        "spec", "nodes", 0, "orchestrator_opts", "local", "instances", "host-1", "port",
                        with: .integer(Int64(taken.port))), "in use"
                ),
                (
                    "the source's own place",
                    try Self.copySpec(box, id: "fresh", config: good).replacing(
                        "spec", "backup_config", "repositories", 0,
                        with: repository.replacing(
                            "custom_options", "path", with: .string(box.path + "/repo/databases/shop/local/n1"))),
                    "already holds backups of another cluster"
                ),
            ]
            for item in cases {
                let id = item.spec["id"]?.stringValue ?? ""
                let file = try box.write("case.json", item.spec.text(pretty: true))
                let result = try await box.pgstanza("db", "create", file, "--yes")
                #expect(result.exitCode == 73 || result.exitCode == 69, "\(item.name): \(result.summary)")
                #expect(result.errorOutput.contains(item.says), "\(item.name): \(result.summary)")
                #expect(!box.exists(box.home + "/databases/\(id)/database.json"), "\(item.name)")
                #expect(!box.exists(box.home + "/databases/\(id)/n1"), "\(item.name)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: box.path + "/repo-own").isEmpty)
            #expect(try await InstanceState.of(origin) == before)
        }
    }

    /// A repository that plain pgbackrest commands wrote, by stanza and path; roles of the source dropped by choice.
    @Test func restoresWhatPlainPgbackrestWrote() async throws {
        try await withSandbox { box in
            let path = try box.makeDirectory("hand-repo")
            let hand = try await HandWritten.start(
                box, stanza: "demo", repository: "repo1-path=\(path)\nrepo1-retention-full=2")
            try await hand.server.query("CREATE ROLE visitor LOGIN")
            try await hand.server.query("CREATE DATABASE app OWNER visitor")
            try await hand.server.query(
                "CREATE TABLE t AS SELECT i, 'row ' || i AS x FROM generate_series(1, 400) i; ALTER TABLE t OWNER TO visitor",
                database: "app")
            try await hand.run("--type=full", "backup")
            try await hand.server.query("INSERT INTO t VALUES (401, 'after the backup')", database: "app")
            let contents = try await hand.server.contents(of: "t", database: "app")
            try await hand.run("check")
            let before = try await InstanceState.of(hand.server)

            var document = try Self.copySpec(
                box, id: "moved",
                config: [
                    "source_node_name": .string("n1"), "source_database_name": .string("app"),
                    "repository": .object([
                        "type": .string("posix"), "base_path": .string(path),
                        "custom_options": .object(["path": .string(path)]),
                    ]),
                ])
            document["spec"]?["orchestrator_opts"] = .object([
                "local": .object(["pgbackrest": .object(["stanza": .string("demo")])])
            ])
            let spec = try box.write("moved.json", document.text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes", "--drop-source-roles", timeLimit: 300).expect(exit: 0)
            let moved = try await box.instances(of: "moved")[0]
            #expect(try await moved.contents(of: "t") == contents)
            #expect(try await moved.value("SELECT count(*) FROM pg_roles WHERE rolname = 'visitor'") == "0")
            #expect(
                try await moved.value("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 't'") == "keeper")
            try await box.pgstanza("backup", "moved", "--type", "full").expect(exit: 0)
            #expect(try await InstanceState.of(hand.server) == before)

            try await plainPgbackrestRestores(box, moved)
        }
    }

    /// What pgstanza wrote is restored with plain pgbackrest and no pgstanza present.
    private func plainPgbackrestRestores(_ box: Sandbox, _ moved: Instance) async throws {
        try await moved.query("INSERT INTO t VALUES (402, 'the last')")
        let contents = try await moved.contents(of: "t")
        let configuration = box.home + "/databases/moved/n1/pgbackrest.backup.conf"
        try await box.run(["pgbackrest", "--config=\(configuration)", "--stanza=demo", "check"]).expect(exit: 0)
        let directory = try box.makeDirectory("plain")
        let own = try box.write(
            "plain/pgbackrest.conf",
            "[global]\nrepo1-path=\(box.path)/repo-own/databases/moved/own/n1\nlog-path=\(directory)\n"
                + "lock-path=\(directory)/lock\n[demo]\npg1-path=\(directory)/data\n", mode: 0o600)
        try await box.run(["pgbackrest", "--config=\(own)", "--stanza=demo", "--archive-mode=off", "restore"]).expect(
            exit: 0)
        let port = try FreePorts.take()
        let plain = Instance(
            box: box, name: "plain", port: port, socketDirectory: directory, dataDirectory: directory + "/data",
            database: "moved")
        try await plain.pgCtl(
            "-o", "-c port=\(port) -c unix_socket_directories=\(directory)", "-l", directory + "/log", "-w", "start"
        ).expect(exit: 0)
        try await plain.waitFor("SELECT pg_is_in_recovery()", toBe: "f")
        #expect(try await plain.contents(of: "t") == contents)
    }
}
