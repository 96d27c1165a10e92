import Foundation
import PositionedJSON
import Testing

/// `db adopt`: a cluster whose backups somebody set up by hand comes under pgstanza, and is let go again.
@Suite struct AdoptTests {
    @Test func aHandMadeStanzaOnS3ComesOverWithoutLosingAnything() async throws {
        try await withSandbox { box in
            let store = try await box.startObjectStore()
            let options = """
                \(store.configuration(path: "/demo-repo"))repo1-retention-full=3
                compress-type=zst
                compress-level=6
                log-level-file=debug
                process-max=2
                """
            let hand = try await HandWritten.start(
                box, stanza: "demo", repository: options, settings: ["archive_timeout": "300"])
            try await hand.server.query("CREATE DATABASE app")
            try await hand.server.query("CREATE TABLE t AS SELECT i FROM generate_series(1, 100) i", database: "app")
            try await hand.run("--type=full", "backup")
            try await hand.run("--type=incr", "backup")
            let replica = try await standby(of: hand.server)
            let command = try await hand.server.value("SHOW archive_command")
            let before = try await InstanceState.of(hand.server)

            let spec = box.path + "/demo.json"
            let arguments = ["db", "adopt", "demo", "--pgdata", hand.server.dataDirectory]
            let shown = try await box.pgstanza(arguments + ["--json"], as: .account).expect(exit: 0)
            #expect(!shown.output.contains(store.secretKey))
            let written = try await box.pgstanza(arguments + ["--write", spec], as: .account).expect(exit: 0)
            #expect(!written.output.contains(store.secretKey))
            #expect(try await InstanceState.of(hand.server) == before)
            let mode = try FileManager.default.attributesOfItem(atPath: spec)[.posixPermissions]
            #expect(mode as? Int == 0o600)
            let document = try JSONTree.parse(readText(spec))
            let repository = document["spec"]?["backup_config"]?["repositories"]?[0]
            #expect(repository?["retention_full"]?.intValue == 3)
            #expect(repository?["retention_full_type"]?.stringValue == "count")
            #expect(document["spec"]?["database_name"]?.stringValue == "app")
            let backrest = document["spec"]?["nodes"]?[0]?["orchestrator_opts"]?["local"]?["pgbackrest"]
            #expect(backrest?["stanza"]?.stringValue == "demo")
            #expect(backrest?["options"]?["compress-level"]?.stringValue == "6")
            #expect(backrest?["options"]?["log-level-file"]?.stringValue == "debug")

            try await box.pgstanza("db", "create", spec, "--yes", timeLimit: 300).expect(exit: 0)
            let after = try await InstanceState.of(hand.server)
            #expect(after.postmaster == before.postmaster && after.slots == before.slots)
            #expect(try await hand.server.value("SHOW archive_timeout") == "5min")
            let listed = try await box.pgstanza("backups", "demo", "--json").expect(exit: 0).json()
            #expect(listed["nodes"]?[0]?["backups"]?.arrayValue?.count == 2)
            try await hand.server.query("INSERT INTO t VALUES (101)", database: "app")
            try await box.pgstanza("backup", "demo", "--type", "incr", timeLimit: 300).expect(exit: 0)
            try await replica.waitFor("SELECT count(*) FROM t", toBe: "101", database: "app")

            // Let go again: the cluster archives as it did, and the stanza has no gap.
            try await box.pgstanza("db", "remove", "demo").expect(exit: 0)
            #expect(try await hand.server.value("SHOW archive_command") == command)
            try await hand.run("check")
            try await hand.run("--type=incr", "backup")
            #expect(try await hand.server.value("SELECT failed_count FROM pg_stat_archiver") == "0")
            let info = try await hand.run("info", "--output=json").json()
            #expect(info[0]?["backup"]?.arrayValue?.count == 4)
            let archive = info[0]?["archive"]?[0]
            let (first, last) = (archive?["min"]?.stringValue ?? "", archive?["max"]?.stringValue ?? "")
            let segments = try await hand.run("repo-ls", "--recurse", "archive/demo").lines
                .compactMap { $0.split(separator: "/").last.map { String($0.prefix(24)) } }
                .filter { $0.count == 24 && $0.allSatisfy(\.isHexDigit) }
            #expect(
                Set(segments).count == (Int(last.suffix(8), radix: 16) ?? 0) - (Int(first.suffix(8), radix: 16) ?? 0)
                    + 1)
        }
    }

    /// A streaming replica that somebody made, without a slot.
    private func standby(of server: Instance) async throws -> Instance {
        let box = server.box
        let directory = try box.makeDirectory("standby")
        let port = try FreePorts.take()
        try await box.run([
            Workspace.postgresPrograms + "/pg_basebackup", "-D", directory + "/data", "-R", "-c", "fast", "-h",
            "127.0.0.1", "-p", String(server.port), "-U", box.account.name,
        ]).expect(exit: 0)
        try box.write(
            directory + "/data/postgresql.auto.conf",
            readText(directory + "/data/postgresql.auto.conf")
                + "port = \(port)\nunix_socket_directories = '\(directory)'\narchive_mode = off\n", mode: 0o600)
        let standby = Instance(
            box: box, name: "standby", port: port, socketDirectory: directory, dataDirectory: directory + "/data")
        try await standby.pgCtl("-l", directory + "/log", "-w", "start").expect(exit: 0)
        return standby
    }
}
