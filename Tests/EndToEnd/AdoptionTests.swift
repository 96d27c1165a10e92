import Foundation
import PositionedJSON
import Testing

/// Taking over servers that are there already, and giving them back.
@Suite struct AdoptionTests {
    @Test func aRestartIsAskedForAndDone() async throws {
        try await withSandbox { box in
            let server = try await box.startCluster()
            try await server.query("CREATE DATABASE shop")
            try await server.query("CREATE TABLE kept AS SELECT 1 AS i", database: "shop")
            let spec = try box.write("spec.json", box.adoptionSpec(of: server).text(pretty: true))
            let before = try await InstanceState.of(server)
            let refused = try await box.pgstanza("db", "create", spec, "--json").expect(exit: 73).jsonError()
            #expect(refused["error"]?["message"]?.stringValue?.contains("archive_mode is off") == true)
            #expect(try await InstanceState.of(server) == before)

            let created = try await box.pgstanza("db", "create", spec, "--yes", "--json").expect(exit: 0).json()
            #expect(Actions.of(created).contains("n1 restart"))
            #expect(!Actions.of(created).contains("n1 create-database"))
            #expect(try await server.value("SHOW archive_mode") == "on")
            #expect(try await server.value("SHOW archive_command").contains("pgbackrest.backup.conf"))
            #expect(try await server.value("SELECT i FROM kept", database: "shop") == "1")
            let after = try await InstanceState.of(server)
            #expect(after.files["postgresql.conf"] == before.files["postgresql.conf"])
            #expect(after.files["pg_hba.conf"] == before.files["pg_hba.conf"])
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)

            try await box.pgstanza("db", "remove", "shop").expect(exit: 0)
            #expect(try await server.value("SHOW archive_command") == "/bin/true")
            #expect(
                try await server.value("SELECT pending_restart FROM pg_settings WHERE name = 'archive_mode'") == "t")
            try await box.pgstanza("db", "show", "shop").expect(exit: 66)
            #expect(box.exists("repo/databases/shop/local/n1/backup/db/backup.info"))
        }
    }

    @Test func somebodysArchiveCommandIsReplacedAndGivenBack() async throws {
        try await withSandbox { box in
            let archive = try box.makeDirectory("own-archive")
            let server = try await box.startCluster(settings: ["archive_mode": "on"])
            try await server.query("ALTER SYSTEM SET archive_command = 'cp %p \(archive)/%f'")
            try await server.query("SELECT pg_reload_conf()")
            let own = box.read(server.dataDirectory + "/postgresql.auto.conf")
            let spec = try box.write("spec.json", box.adoptionSpec(of: server).text(pretty: true))
            let refused = try await box.pgstanza("db", "create", spec).expect(exit: 73)
            #expect(refused.errorOutput.contains("cp %p \(archive)/%f"))

            let pid = server.postmasterPID
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            #expect(server.postmasterPID == pid)
            try await box.pgstanza("db", "remove", "shop").expect(exit: 0)
            #expect(try await server.value("SHOW archive_command") == "cp %p \(archive)/%f")
            #expect(box.read(server.dataDirectory + "/postgresql.auto.conf") == own)
            #expect(server.postmasterPID == pid)
        }
    }

    @Test func afterRemovingNoWALPilesUp() async throws {
        try await withSandbox { box in
            let spec = try box.write("spec.json", box.spec().text(pretty: true))
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            let node = try await box.instances(of: "shop")[0]
            try await box.pgstanza("db", "remove", "shop").expect(exit: 0)
            for _ in 0..<5 {
                try await node.query("SELECT pg_current_xact_id()")
                try await node.query("SELECT pg_switch_wal()")
            }
            try await node.waitFor(
                "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'", toBe: "0")
            // The same spec takes the cluster over again, and archiving stays on over a restart.
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            try await box.pgstanza("db", "stop", "shop").expect(exit: 0)
            try await box.pgstanza("db", "start", "shop").expect(exit: 0)
            #expect(try await node.value("SHOW archive_mode") == "on")
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)
        }
    }
}

/// The actions of a plan.
enum Actions {
    /// `NODE ACTION` of each.
    static func of(_ document: JSONTree) -> [String] {
        (document["actions"]?.arrayValue ?? []).map {
            "\($0["node"]?.stringValue ?? "-") \($0["action"]?.stringValue ?? "?")"
        }
    }
}
