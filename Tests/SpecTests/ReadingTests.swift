import Spec
import Testing

@Suite("What valid documents become")
struct ReadingTests {
    private let spec: DatabaseSpec

    init() throws {
        spec = try SpecReader.readDatabase(Array(ValidTexts.database.utf8), file: "valid.json")
    }

    @Test("the database's own keys")
    func database() {
        #expect(spec.id == "orders")
        #expect(spec.databaseName == "orders_db")
        #expect(spec.port == 5432)
        #expect(spec.postgresVersion == PostgresVersion(major: 15, minor: 6))
        #expect(spec.postgresqlConf == ["max_connections": "200", "jit": "off", "work_mem": "64MB"])
        #expect(spec.pgHBAConf == ["hostssl orders_db app 10.0.0.0/8 scram-sha-256"])
        #expect(spec.pgIdentConf == ["people alice app"])
        #expect(
            spec.scripts == Scripts(postInit: ["CREATE ROLE readers NOLOGIN"], postDatabaseCreate: ["CREATE SCHEMA s"]))
        #expect(
            spec.users == [
                DatabaseUser(
                    username: "boss", password: .literal("geheim-1"), isOwner: true, attributes: ["SUPERUSER", "LOGIN"]),
                DatabaseUser(
                    username: "app", password: .environment("APP_PASSWORD"), attributes: ["LOGIN"], roles: ["readers"]),
            ])
    }

    @Test("what is accepted and not used is named, in the order of the file")
    func notUsed() {
        #expect(spec.notUsed == ["spec.spock_version", "spec.nodes[0].cpus", "spec.orchestrator_opts.swarm"])
    }

    @Test("nodes")
    func nodes() {
        #expect(spec.nodes.map(\.name) == ["n1", "n2", "n3"])
        #expect(spec.nodes.map(\.hostIDs) == [["host-1", "host-2"], ["host-3"], ["host-4"]])
        #expect(spec.nodes[0].local.instances == ["host-2": LocalInstance(pgdata: "/srv/n1-replica", port: 5433)])
        #expect(spec.nodes[1].sourceNode == "n1")
        #expect(spec.nodes[1].port == 5434)
        #expect(spec.nodes[1].postgresqlConf == ["max_wal_senders": "20"])
        #expect(
            spec.nodes[2].restoreConfig
                == RestoreConfig(sourceDatabaseID: "older", restoreOptions: ["type": "immediate"]))
    }

    @Test("backup_config")
    func backups() throws {
        let config = try #require(spec.backupConfig)
        #expect(
            config.repositories == [
                Repository(
                    id: "near", kind: .posix, basePath: "/backups", retentionFull: 14, retentionFullType: .count,
                    customOptions: ["bundle": "y", "repo1-bundle-limit": "4MiB"]),
                Repository(
                    id: "cloud",
                    kind: .s3(
                        bucket: "orders-backups", region: "eu-central-1", endpoint: "s3.example.com:9000",
                        key: .literal("geheim-2"), keySecret: .file("/etc/s3"))),
                Repository(
                    id: "google", kind: .gcs(bucket: "orders-gcs", endpoint: nil, key: .literal("Z2VoZWltLTM="))),
                Repository(
                    id: "azure",
                    kind: .azure(
                        account: "ordersacct", container: "orders-cont", endpoint: nil, key: .literal("geheim-4"))),
                Repository(id: "share", kind: .cifs, basePath: "/mnt/share"),
            ])
        #expect(
            config.schedules == [
                Schedule(id: "nightly", type: .full, cronExpression: "0 1 * * *"),
                Schedule(id: "hourly", type: .incr, cronExpression: "30 * * * *"),
            ])
    }

    @Test("restore_config")
    func restores() {
        #expect(
            spec.restoreConfig
                == RestoreConfig(
                    sourceDatabaseID: "elder", sourceNodeName: "n7", sourceDatabaseName: "elder_db",
                    repository: Repository(id: "past", kind: .posix, basePath: "/past"),
                    restoreOptions: ["set": "20250101-010000F", "type": "time", "target": "2025-01-01T01:30:00Z"]))
    }

    @Test("orchestrator_opts.local")
    func local() {
        #expect(
            spec.local
                == LocalOptions(
                    pgdata: "/srv/pgdata", binDir: "/usr/lib/postgresql/15/bin", socketDir: "/run/pg",
                    address: "10.0.0.1", superuser: "postgres",
                    service: .systemd(unit: "postgresql@15-main.service"),
                    replication: ReplicationOptions(provider: .spock, holdingSlots: true),
                    pgbackrest: PgBackRestOptions(
                        bin: "/usr/bin/pgbackrest", stanza: "main", options: ["process-max": "4"]),
                    hooks: ["before_backup": ["/bin/true", "x"]]))
    }

    @Test("requests")
    func requests() throws {
        #expect(
            try SpecReader.readRestoreRequest(Array(ValidTexts.restore.utf8), file: "r")
                == RestoreRequest(
                    targetNodes: ["n1", "n2"],
                    restoreConfig: RestoreConfig(
                        sourceDatabaseID: "elder", sourceNodeName: "n7", sourceDatabaseName: "elder_db",
                        repository: Repository(kind: .posix, basePath: "/past"),
                        restoreOptions: ["type": "time", "target": "2025-01-01T01:30:00Z", "process-max": "2"])))
        #expect(
            try SpecReader.readBackupRequest(Array(ValidTexts.backup.utf8), file: "b")
                == BackupRequest(type: .full, annotations: ["ticket": "OPS-17"], backupOptions: ["start-fast": "y"]))
    }

    @Test("a repository by itself")
    func repository() throws {
        let text = #"{"type": "s3", "s3_bucket": "abc", "custom_options": {"cipher-pass": {"env": "PASS"}}}"#
        #expect(
            try SpecReader.readRepository(Array(text.utf8), file: "--repository")
                == Repository(
                    kind: .s3(bucket: "abc", region: nil, endpoint: nil, key: nil, keySecret: nil),
                    customSecrets: ["cipher-pass": .environment("PASS")]))
    }

    @Test("a bare spec is the same, with its id inside")
    func bare() throws {
        let text = #"{"id": "x", "database_name": "d", "nodes": [{"name": "n1", "host_ids": ["h"]}]}"#
        let spec = try SpecReader.readDatabase(Array(text.utf8), file: "x")
        #expect(spec == DatabaseSpec(id: "x", databaseName: "d", nodes: [NodeSpec(name: "n1", hostIDs: ["h"])]))
    }

    /// Each is put into a valid spec in place of what is there.
    @Test(
        "other forms that are right",
        arguments: [
            (#""port": 5432"#, #""port": 0"#), (#""port": 5432"#, #""port": 65535"#),
            (#""15.6""#, #""17.10""#), (#""database_name": "orders_db""#, #""database_name": "Größe 1""#),
            (#""database_name": "orders_db""#, #""database_name": "a234567890123456789012345678901""#),
            (#""id": "orders""#, #""id": "0""#), (#""id": "orders""#, #""id": "a23456789-123456789-123456789-123456""#),
            (#""service": {"type": "systemd", "unit": "postgresql@15-main.service"}"#, #""service": "pg_ctlcluster""#),
            (
                #""service": {"type": "systemd", "unit": "postgresql@15-main.service"}"#,
                #""service": {"type": "pg_ctl"}"#
            ),
            (
                #""service": {"type": "systemd", "unit": "postgresql@15-main.service"}"#,
                #""service": "systemd", "unit": "pg.service""#
            ),
            (#"{"provider": "spock", "holding_slots": true}"#, #""none""#),
            (#""address": "10.0.0.1""#, #""address": "fe80::1""#),
            (#""bin": "/usr/bin/pgbackrest""#, #""bin": "pgbackrest""#),
            (#"["SUPERUSER", "LOGIN"]"#, #"["login", "CONNECTION LIMIT 5", "VALID UNTIL '2030-01-01 00:00:00+00'"]"#),
            (#""password": "geheim-1""#, #""password": {"file": "/etc/secret"}"#),
            (#""30 * * * *""#, #""@daily""#), (#""30 * * * *""#, #""*/5 0-6 ? * mon-fri""#),
            (#""type": "incr""#, #""type": "diff""#),
            (#""base_path": "/backups""#, #""base_path": "/backups/""#),
            (#""retention_full": 14"#, #""retention_full": 9999999"#),
            (#""bundle": true"#, #""cipher-pass": {"file": "/etc/pass"}, "storage-host": "h""#),
            (#""s3.example.com:9000""#, #""https://minio:9000""#),
            (#", "azure_key": "geheim-4""#, #", "custom_options": {"azure-key-type": "auto"}"#),
            (#""2025-01-01T01:30:00Z""#, #""2025-05-05 09:38:52-04""#),
            (#""2025-01-01T01:30:00Z""#, #""10 minutes ago""#),
            (#""type": "time", "target": "2025-01-01T01:30:00Z""#, #""type": "lsn", "target": "0/3000000""#),
            (#""type": "time", "target": "2025-01-01T01:30:00Z""#, #""type": "xid", "target": "4294967299""#),
            (#""type": "time", "target": "2025-01-01T01:30:00Z""#, #""type": "xid", "target": 123"#),
            (#""type": "time", "target": "2025-01-01T01:30:00Z""#, #""type": "name", "target": "before the deploy""#),
            (#""set": "20250101-010000F""#, #""set": "20250101-010000F_20250102-020000D", "target-timeline": 3"#),
            (
                #""set": "20250101-010000F""#,
                #""set": "latest", "target-timeline": "current", "target-exclusive": true"#
            ),
            (
                #""hostssl orders_db app 10.0.0.0/8 scram-sha-256""#,
                ##""# comment", "", "local all \"a b\" peer map=m", "host all all samenet md5""##
            ),
        ])
    func otherForms(old: String, new: String) throws {
        // The base breaks lines where the pieces here do not.
        let base = ValidTexts.database.split(separator: "\n").map { String($0) }.joined(separator: " ")
            .split(separator: " ").joined(separator: " ")
        let marked = try Marked(base: base, replacing: [(old, new)])
        #expect(Problems.ofDatabase(marked.text).map(\.text) == [])
    }

    @Test("attributes are kept upper case, as SQL")
    func attributes() throws {
        let text = """
            {"database_name": "d", "nodes": [{"name": "n1", "host_ids": ["h"]}],
             "database_users": [{"username": "u", "attributes": ["login", "connection  limit 5"]}]}
            """
        let spec = try SpecReader.readDatabase(Array(text.utf8), file: "x")
        #expect(spec.users.first?.attributes == ["LOGIN", "CONNECTION LIMIT 5"])
    }
}
