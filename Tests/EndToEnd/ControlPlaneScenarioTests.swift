import Foundation
import PositionedJSON
import Testing

/// The five ways in which the control plane's own end-to-end tests back up and restore, with its request bodies.
@Suite struct ControlPlaneScenarioTests {
    /// A posix repository, two backups, and back to the first of them.
    @Test func restoresTheFirstOfTwoBackups() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop(replicas: 1)
            let primary = try shop.primary()
            let first = try await fullBackup(shop, ["annotations": ["which": "first"]])
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            let second = try await fullBackup(shop, ["annotations": ["which": "second"]])
            #expect(first != second)
            let listed = try await box.pgstanza("backups", "shop", "--json").expect(exit: 0).json()
            #expect(
                listed["nodes"]?[0]?["backups"]?.arrayValue?.map { $0["annotations"]?["which"]?.stringValue }
                    == ["first", "second"])

            try await restore(shop, try source(box.posixRepository(), set: first))
            #expect(try await primary.query("SELECT i, x FROM t") == [["1", "first"]])
            let replica = try #require(shop.replicas().first)
            try await replica.waitFor("SELECT count(*) FROM t", toBe: "1")
        }
    }

    /// The same in an object store, with three nodes that replicate: what n1's first backup holds is seen on n2.
    @Test func restoresAllNodesFromAnObjectStore() async throws {
        try await withSandbox { box in
            let store = try await box.startObjectStore()
            let repository = store.repository()
            let shop = try await box.createMesh(
                nodes: 3, tables: ["CREATE TABLE t (i int PRIMARY KEY, x text)"]
            ) { $0 = $0.replacing("spec", "backup_config", "repositories", with: [repository]) }
            let nodes = try ["n1", "n2", "n3"].map { try shop.primary($0) }
            try await nodes[0].query("INSERT INTO t VALUES (1, 'first')")
            for node in nodes { try await node.waitFor("SELECT count(*) FROM t", toBe: "1") }
            let first = try await fullBackup(shop, [:])
            try await nodes[1].query("INSERT INTO t VALUES (2, 'second')")
            for node in nodes { try await node.waitFor("SELECT count(*) FROM t", toBe: "2") }
            _ = try await fullBackup(shop, [:])

            try await restore(shop, source(repository, set: first))
            #expect(try await nodes[1].query("SELECT i, x FROM t") == [["1", "first"]])
            for (index, node) in nodes.enumerated() {
                try await node.query("INSERT INTO t VALUES (\(10 + index), 'after')")
            }
            for node in nodes { try await node.waitFor("SELECT count(*) FROM t", toBe: "4") }
            #expect(try await nodes[1].contents(of: "t") == nodes[0].contents(of: "t"))
        }
    }

    /// A database of one node gets a second one from a backup of the first.
    @Test func addsANodeFromABackup() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let one = try shop.primary()
            _ = try await fullBackup(shop, [:])
            try await one.query("INSERT INTO t VALUES (2, 'since the backup')")
            try await shop.archiveAll()
            let contents = try await one.contents(of: "t")
            let before = try await InstanceState.of(one)

            var spec = try JSONTree.parse(box.read("shop.json"))
            let port = Int64(try FreePorts.take())
            let joining: JSONTree = [
                "name": "n2", "host_ids": ["host-9"], "restore_config": try source(box.posixRepository(), set: nil),
                "orchestrator_opts": ["local": ["instances": ["host-9": ["port": .integer(port)]]]],
            ]
            spec = spec.replacing("spec", "nodes", with: .array((spec["spec"]?["nodes"]?.arrayValue ?? []) + [joining]))
            let file = try box.write("wanted.json", spec.text(pretty: true))
            try await box.pgstanza("db", "update", "shop", file, "--yes").expect(exit: 0)
            let two = try #require(try await box.instances(of: "shop").first { $0.name == "n2" })
            #expect(try await two.contents(of: "t") == contents)
            #expect(try await two.value("SELECT pg_is_in_recovery()") == "f")
            #expect(try await InstanceState.of(one) == before)
        }
    }

    /// A new database under another name, with a replica, out of another's backup.
    @Test func createsADatabaseFromABackup() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let origin = try shop.primary()
            _ = try await fullBackup(shop, [:])
            try await origin.query("INSERT INTO t VALUES (2, 'since the backup')")
            try await shop.archiveAll()
            let contents = try await origin.contents(of: "t")
            let before = try await InstanceState.of(origin)

            var spec = try box.spec(
                id: "copy", replicas: 1, repositories: [try box.posixRepository(id: "own", path: "repo-own")])
            spec = spec.replacing("spec", "restore_config", with: try source(box.posixRepository(), set: nil))
            let file = try box.write("copy.json", spec.text(pretty: true))
            try await box.pgstanza("db", "create", file, "--yes").expect(exit: 0)
            let instances = try await box.instances(of: "copy")
            #expect(instances.count == 2)
            #expect(try await instances[0].contents(of: "t") == contents)
            try await instances[1].waitFor("SELECT count(*) FROM t", toBe: "2")
            #expect(
                try await instances[0].query("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")
                    == [["copy"], ["postgres"]])
            #expect(try await InstanceState.of(origin) == before)
        }
    }

    /// The backup configuration leaves the spec, and the restore says by itself where the backups are.
    @Test func restoresAfterTheBackupConfigurationWasRemoved() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            let first = try await fullBackup(shop, [:])
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            let spec = try JSONTree.parse(box.read("shop.json")).replacing("spec", "backup_config", with: .null)
            let file = try box.write("wanted.json", spec.text(pretty: true))
            try await box.pgstanza("db", "update", "shop", file).expect(exit: 0)
            #expect(try await primary.value("SHOW archive_command") == "/bin/true")
            try await box.pgstanza("backup", "shop", "--type", "full").expect(exit: 73)

            try await restore(shop, try source(box.posixRepository(), set: first), "--consent", "no-way-back")
            #expect(try await primary.query("SELECT i, x FROM t") == [["1", "first"]])
            try await primary.query("INSERT INTO t VALUES (3, 'third')")
        }
    }

    /// Takes a full backup of n1 as the control plane is asked for one; its label.
    private func fullBackup(_ shop: Shop, _ members: [String: JSONTree]) async throws -> String {
        let body = JSONTree.object(members.merging(["type": "full"]) { $1 })
        let file = try shop.box.write("backup.json", body.text(pretty: true))
        let document = try await shop.box.pgstanza("backup", shop.id, "n1", "--request", file, "--json").expect(exit: 0)
            .json()
        return try #require(document["backups"]?[0]?["label"]?.stringValue)
    }

    /// `restore_config` for n1 of the database `shop`; without a set the end of what is archived is meant.
    private func source(_ repository: JSONTree, set: String?) -> JSONTree {
        [
            "source_database_id": "shop", "source_node_name": "n1", "source_database_name": "shop",
            "repository": repository,
            "restore_options": set.map { ["set": .string($0), "type": "immediate"] as JSONTree } ?? .object([:]),
        ]
    }

    private func restore(_ shop: Shop, _ config: JSONTree, _ arguments: String...) async throws {
        let body: JSONTree = ["restore_config": config]
        let file = try shop.box.write("restore.json", body.text(pretty: true))
        try await shop.box.pgstanza(["restore", shop.id, file, "--yes"] + arguments, timeLimit: 300).expect(exit: 0)
    }
}
