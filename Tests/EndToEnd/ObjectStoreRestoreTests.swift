import Foundation
import PositionedJSON
import Testing

/// Backups and restores of a node with a replica on S3 over TLS.
@Suite struct ObjectStoreRestoreTests {
    @Test func goesBackInTimeAndOnAgainAndKeepsItsSecrets() async throws {
        try await withSandbox { box in
            let store = try await box.startObjectStore()
            let shop = try await box.createShop(replicas: 1, repositories: [store.repository(basePath: "/pg")])
            // The test's own file is not pgstanza's.
            try FileManager.default.removeItem(atPath: box.path + "/shop.json")
            let primary = try shop.primary()
            let replica = try #require(shop.replicas().first)
            try await shop.backup()
            try await primary.query("INSERT INTO t SELECT i, 'later' FROM generate_series(2, 500) i")
            try await shop.backup("incr")
            try await Task.sleep(for: .seconds(1.1))
            try await primary.query("INSERT INTO t SELECT i, 'wanted' FROM generate_series(501, 600) i")
            let contents = try await primary.contents(of: "t")
            let target = try await shop.moment()
            try await primary.query("DROP TABLE t")

            let plan = box.path + "/plan.json"
            try await box.pgstanza(
                "restore", shop.id, "--target", target, "--plan", "--save-plan", plan, "--json"
            ).expect(exit: 0)
            try await box.pgstanza("restore", "apply", plan, "--yes", timeLimit: 300).expect(exit: 0)
            #expect(try await primary.contents(of: "t") == contents)
            try await replica.waitFor("SELECT count(*) FROM t", toBe: "600")
            #expect(try await replica.contents(of: "t") == contents)
            #expect(try shop.leftoverSettings() == [])

            try await box.pgstanza("db", "update", shop.id, "--yes", timeLimit: 300).expect(exit: 0)
            try await shop.backup("incr")
            let listed = try await box.pgstanza("backups", shop.id, "--json").expect(exit: 0).json()
            let places = listed["nodes"]?[0]?["backups"]?.arrayValue?.map {
                "\($0["repository"]?.stringValue ?? "") \($0["type"]?.stringValue ?? "")"
            }
            #expect(Set(places ?? []) == ["s3 full", "s3 incr", "s3-2 full", "s3-2 incr"])
            try await box.pgstanza("db", "show", shop.id, "--json").expect(exit: 0)
            try await box.pgstanza("task", "list", shop.id, "--json").expect(exit: 0)

            // Everything that was said and written, the store's own files and the servers' data included.
            let holders = try await box.run(
                ["grep", "-rlF", "--", store.secretKey, box.path], as: .tester
            ).lines.map { String($0.dropFirst(box.path.count + 1)) }
            #expect(!holders.isEmpty)
            for file in holders {
                let name = file.split(separator: "/").last.map(String.init) ?? ""
                #expect(
                    name == "database.json" || (name.hasPrefix("pgbackrest.") && name.hasSuffix(".conf")),
                    "\(file) holds the secret")
                let mode = try FileManager.default.attributesOfItem(atPath: box.path + "/" + file)[.posixPermissions]
                #expect(mode as? Int == 0o600, "\(file) holds the secret")
            }
            print("files with the secret: \(holders.sorted().joined(separator: ", "))")
        }
    }
}
