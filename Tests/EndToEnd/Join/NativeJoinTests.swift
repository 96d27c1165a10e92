import PositionedJSON
import Testing

/// A node that joins nodes with native subscriptions, each of which publishes a table of its own.
@Suite struct NativeJoinTests {
    /// Before PostgreSQL 16 a publisher sends on what it received, so the new node reads and is not read from.
    @Test func aNodeFromABackupReadsEveryTable() async throws {
        try await withSandbox { box in
            let mesh = try await box.createMesh(.native, nodes: 3)
            for table in ["items_n4"] {
                for node in mesh.nodes {
                    try await node.query("CREATE TABLE \(table) (id bigint PRIMARY KEY, node text, v text, n int)")
                    try await node.query("GRANT ALL ON \(table) TO app")
                }
            }
            try await mesh.shop.backup(node: "n1")
            let document = try mesh.shop.record()["spec"].map { JSONTree.object(["id": "shop", "spec": $0]) }
            var run = JoinRun(mesh: mesh, document: try #require(document))
            let wanted = try run.adding(
                "n4", ["restore_config": JoinRun.backup(of: "n1"), "local": ["replication": "native"]])
            try await run.join("native, n4 from n1's backup", wanted) { mesh in
                // What it publishes itself is connected by hand, as the others are.
                let four = try mesh.node("n4")
                #expect(try await four.value("SELECT count(*) FROM pg_publication") == "0")
                try await four.query("CREATE PUBLICATION of_n4 FOR TABLE items_n4")
                for node in mesh.nodes where node.name != "n4" { try await mesh.subscribe(node, to: four) }
                try await four.waitFor("SELECT count(*) FROM pg_replication_slots WHERE active", toBe: "3")
                for node in mesh.nodes where node.name != "n4" {
                    try await node.waitFor("SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel", toBe: "t")
                }
            }
            let four = try run.mesh.node("n4")
            #expect(
                try await four.query("SELECT subname, subslotname, subpublications FROM pg_subscription ORDER BY 1")
                    == (1...3).map { ["sub_n\($0)_n4", "sub_n\($0)_n4", "{of_n\($0)}"] })
        }
    }
}
