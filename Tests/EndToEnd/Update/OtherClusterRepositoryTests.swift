import Foundation
import PositionedJSON
import Testing

/// A repository that belongs to another system identifier, when a spec names it.
@Suite struct OtherClusterRepositoryTests {
    @Test func isRefusedBeforeArchivingFailsAndUpgradedByChoice() async throws {
        try await withSandbox { box in
            let first = try await box.createShop()
            try await first.backup()
            let rows = try await first.primary().contents(of: "t")
            let old = try #require(try await labels(box).first)
            try await box.pgstanza("db", "stop", "shop").expect(exit: 0)
            try await box.pgstanza("db", "remove", "shop", "--yes").expect(exit: 0)

            // Another cluster of the same name, which writes elsewhere.
            var document = try box.spec(repositories: [try box.posixRepository(id: "second")])
            document["spec"]?["orchestrator_opts"] = ["local": ["pgdata": .string(box.path + "/second/pgdata")]]
            try await box.pgstanza("db", "create", try box.write("second.json", document.text(pretty: true)), "--yes")
                .expect(exit: 0)
            let primary = try #require(try await box.instances(of: "shop").first)
            try await primary.query("CREATE TABLE t AS SELECT 7 AS i")
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 0)

            let wanted = document.replacing(
                "spec", "backup_config", "repositories", with: .array([try box.posixRepository()]))
            let file = try box.write("wanted.json", wanted.text(pretty: true))
            let before = try await InstanceState.of(primary)
            let refused = try await box.pgstanza("db", "update", "shop", file, "--yes").expect(exit: 73)
            #expect(refused.errorOutput.contains("another cluster") && refused.errorOutput.contains("--stanza-upgrade"))
            #expect(try await InstanceState.of(primary) == before)

            let upgraded = try await box.pgstanza("db", "update", "shop", file, "--stanza-upgrade", "--yes", "--json")
                .expect(exit: 0)
            #expect(
                UpdateBench.actions(try upgraded.json()) == ["upgrade-stanza", "add-repository", "remove-repository"])
            #expect(try await primary.value("SELECT failed_count FROM pg_stat_archiver") == "0")
            #expect(try await primary.value("SELECT count(*) FROM pg_ls_waldir() WHERE size = 16777216") < "6")
            #expect(try await labels(box).contains(old))
            try await box.pgstanza("backup", "shop", "--type", "incr").expect(exit: 0)
            try await restoresWithPlainPgbackrest(box, old, rows)
        }
    }

    private func labels(_ box: Sandbox) async throws -> [String] {
        let listing = try await box.pgstanza("backups", "shop", "--json").expect(exit: 0).json()
        return (listing["nodes"]?[0]?["backups"]?.arrayValue ?? []).compactMap { $0["label"]?.stringValue }
    }

    /// The first cluster's backup is what it was.
    private func restoresWithPlainPgbackrest(_ box: Sandbox, _ label: String, _ rows: String) async throws {
        let directory = try box.makeDirectory("plain")
        let port = try FreePorts.take()
        try await box.run([
            "pgbackrest", "--config=\(box.home)/databases/shop/n1/pgbackrest.backup.conf", "--stanza=db",
            "--pg1-path=\(directory)/data", "--set=\(label)", "--type=immediate", "--target-action=promote",
            "--archive-mode=off", "restore",
        ]).expect(exit: 0)
        let plain = Instance(
            box: box, name: "plain", port: port, socketDirectory: directory, dataDirectory: directory + "/data",
            database: "shop")
        try await plain.pgCtl(
            "-o", "-c port=\(port) -c unix_socket_directories=\(directory)", "-l", directory + "/log", "-w", "start"
        ).expect(exit: 0)
        try await plain.waitFor("SELECT pg_is_in_recovery()", toBe: "f")
        #expect(try await plain.contents(of: "t") == rows)
    }
}
