import PositionedJSON
import Testing

/// `db create` of several nodes from one backup: they are connected before anybody can write to one of them.
@Suite struct MeshFromBackupTests {
    @Test func nodesFromOneBackupReplicate() async throws {
        try await withSandbox { box in
            let shop = try await box.createMesh(nodes: 2, tables: ["CREATE TABLE t (id int PRIMARY KEY, x text)"])
            let origin = try shop.primary("n1")
            try await origin.query("INSERT INTO t SELECT i, 'first' FROM generate_series(1, 100) i")
            try await shop.backup(node: "n1")
            try await origin.query("INSERT INTO t SELECT i, 'second' FROM generate_series(101, 300) i")
            let wanted = try await origin.contents(of: "t")
            let target = try await shop.moment("n1")
            try await origin.query("DELETE FROM t WHERE id > 200")
            try await shop.archiveAll()
            let untouched = try await InstanceState.of(origin)

            let config = CreateFromBackupTests.source(
                try box.posixRepository(), options: ["type": "time", "target": .string(target)])
            let draft = try box.spec(
                id: "copy", nodes: 3, repositories: [try box.posixRepository(id: "own", path: "repo-own")],
                replication: "pglogical"
            ).replacing("spec", "restore_config", with: .object(config))

            // Different sources, and a node that would begin empty.
            for other: JSONTree in [config.other("n2"), .null] {
                var refused = draft
                refused["spec"]?["restore_config"] = nil
                for index in 0..<3 {
                    refused = refused.replacing(
                        "spec", "nodes", index, "restore_config", with: index == 2 ? other : .object(config))
                }
                let file = try box.write("refused.json", refused.text(pretty: true))
                let result = try await box.pgstanza("db", "create", file, "--yes", "--json").expect(exit: 73)
                #expect(try result.jsonError()["error"]?["code"]?.stringValue == "different-data")
                #expect(!box.exists(box.home + "/databases/copy"))
            }

            // Killed while they are connected, and gone on with.
            let spec = try box.write("copy.json", draft.text(pretty: true))
            try await box.kill(at: "start-primary.performed", ["db", "create", spec, "--yes"])
            try await box.pgstanza("db", "create", spec, "--yes", timeLimit: 300).expect(exit: 0)
            let nodes = try await box.instances(of: "copy")
            #expect(nodes.count == 3)
            for node in nodes {
                #expect(try await node.contents(of: "t") == wanted)
                #expect(
                    try await node.value(
                        "SELECT node_name FROM pglogical.node JOIN pglogical.local_node USING (node_id)") == node.name)
                #expect(try await node.value("SELECT count(*) FROM pg_replication_slots WHERE active") == "2")
            }
            for (index, node) in nodes.enumerated() {
                try await node.query(
                    "INSERT INTO t SELECT i, '\(node.name)' FROM generate_series(1001, 1300) i WHERE i % 3 = \(index)")
                try await node.query("UPDATE t SET x = 'of \(node.name)' WHERE id <= 300 AND id % 3 = \(index)")
            }
            for node in nodes {
                try await node.waitFor("SELECT count(*) FROM t WHERE x <> 'first' AND x <> 'second'", toBe: "600")
            }
            let contents = try await nodes[0].contents(of: "t")
            for node in nodes { #expect(try await node.contents(of: "t") == contents) }
            print("mesh from one backup: \(contents) on each of \(nodes.count) nodes")
            #expect(try await InstanceState.of(origin) == untouched)
            #expect(
                try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0).output.contains("nothing to do"))
        }
    }
}

extension [String: JSONTree] {
    /// The same `restore_config` with another source.
    fileprivate func other(_ node: String) -> JSONTree { .object(merging(["source_node_name": .string(node)]) { $1 }) }
}
