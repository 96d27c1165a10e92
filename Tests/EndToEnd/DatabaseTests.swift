import Foundation
import Glibc
import PositionedJSON
import Testing

/// `db list`, `show`, `start`, `stop` and `remove`.
@Suite struct DatabaseTests {
    @Test func listsShowsStopsAndStarts() async throws {
        try await withSandbox { box in
            #expect(
                try await box.pgstanza("db", "list", "--json").expect(exit: 0).json()
                    == .object(["databases": .array([])]))
            var document = try box.spec(id: "shop", databaseName: "store", replicas: 1)
            document = document.replacing(
                "spec", "database_users",
                with: .array([
                    .object([
                        "username": .string("owner"), "password": .string("hidden-s3cret"), "db_owner": .bool(true),
                    ])
                ]))
            let spec = try box.write("spec.json", document.text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            let instances = try await box.instances(of: "shop")

            let entry = try #require(
                try await box.pgstanza("db", "list", "--json").expect(exit: 0).json()["databases"]?[0])
            #expect(entry["id"]?.stringValue == "shop")
            #expect(entry["database_name"]?.stringValue == "store")
            #expect(entry["nodes"]?.arrayValue?.map { $0["host_id"]?.stringValue } == ["host-1", "host-2"])
            #expect(entry["nodes"]?.arrayValue?.map { $0["role"]?.stringValue } == ["primary", "replica"])
            #expect(entry["nodes"]?[0]?["backups"]?.stringValue == "on")
            let runningState = entry["nodes"]?[0]?["state"]?.stringValue
            for arguments in [["db", "show", "shop"], ["db", "show", "shop", "--json"], ["db", "list"]] {
                let shown = try await box.pgstanza(arguments).expect(exit: 0)
                #expect(shown.output.contains("shop"))
                #expect(!shown.output.contains("hidden-s3cret"))
            }

            let pids = instances.compactMap(\.postmasterPID)
            #expect(pids.count == 2)
            try await box.pgstanza("db", "stop", "shop").expect(exit: 0)
            #expect(instances.map(\.postmasterPID) == [nil, nil])
            let stopped = try await box.pgstanza("db", "list", "--json").expect(exit: 0).json()
            #expect(stopped["databases"]?[0]?["nodes"]?[0]?["state"]?.stringValue != runningState)
            try await box.pgstanza("db", "stop", "shop").expect(exit: 0)

            try await box.pgstanza("db", "start", "shop", "n1").expect(exit: 0)
            try await instances[0].query("CREATE TABLE t AS SELECT 1 AS one")
            try await instances[1].waitFor("SELECT one FROM t", toBe: "1")
            let before = instances.map(\.postmasterPID)
            try await box.pgstanza("db", "start", "shop").expect(exit: 0)
            #expect(instances.map(\.postmasterPID) == before)
        }
    }

    /// What the server did with its archive before it was adopted, it does again afterwards.
    @Test func removingGivesTheArchiveSettingsBack() async throws {
        try await withSandbox { box in
            let directory = try box.makeDirectory("old-archive")
            let command = "test ! -f \(directory)/%f && cp %p \(directory)/%f"
            let server = try await box.startCluster(settings: ["archive_mode": "on", "archive_command": command])
            try await server.query("CREATE DATABASE shop")
            let spec = try box.write("spec.json", box.adoptionSpec(of: server).text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            #expect(try await server.value("SHOW archive_command").contains("pgbackrest"))
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)

            try await box.pgstanza("db", "remove", "shop", "--yes").expect(exit: 0)
            #expect(try await server.value("SHOW archive_command") == command)
            #expect(try await box.pgstanza("db", "list", "--json").json()["databases"]?.arrayValue == [])
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 66)
            // Data and backups stay, and the old archive is written to again.
            #expect(box.exists("repo/databases/shop/local/n1/backup/db/latest"))
            try await server.query("CREATE TABLE written_afterwards (i int)")
            let segment = try await server.value("SELECT pg_walfile_name(pg_switch_wal())")
            for _ in 0..<100 where !box.exists("old-archive/\(segment)") {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(box.exists("old-archive/\(segment)"))
        }
    }

    @Test func removingALiveDatabaseStopsItsArchiveFromPilingUp() async throws {
        try await withSandbox { box in
            let spec = try box.write("spec.json", box.spec(id: "shop").text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            let primary = try await box.instances(of: "shop")[0]
            try await box.pgstanza("db", "remove", "shop", "--yes").expect(exit: 0)
            #expect(primary.postmasterPID != nil)
            for _ in 0..<4 {
                try await primary.query("CREATE TABLE IF NOT EXISTS t (i int)")
                try await primary.query("INSERT INTO t SELECT generate_series(1, 1000)")
                try await primary.query("SELECT pg_switch_wal()")
            }
            try await primary.query("CHECKPOINT")
            #expect(
                try await primary.value(
                    "SELECT count(*) FROM pg_ls_dir('pg_wal/archive_status') f WHERE f LIKE '%.ready'") == "0")
            #expect(try await primary.value("SELECT failed_count FROM pg_stat_archiver") == "0")
        }
    }

    @Test func removingWithTheServerDownNeedsAYes() async throws {
        try await withSandbox { box in
            let spec = try box.write("spec.json", box.spec(id: "shop").text(pretty: true))
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            try await box.pgstanza("db", "stop", "shop").expect(exit: 0)
            let refused = try await box.pgstanza("db", "remove", "shop").expect(exit: 73)
            #expect(refused.errorOutput.contains("archive_command"))
            #expect(try await box.instances(of: "shop").count == 1)
            try await box.pgstanza("db", "remove", "shop", "--yes").expect(exit: 0)
            #expect(try await box.pgstanza("db", "list", "--json").json()["databases"]?.arrayValue == [])
        }
    }
}
