import Foundation
import PositionedJSON
import Testing

/// Databases whose nodes replicate by Spock: the real one, or the stand-in of `Tests/Support/spock`.
@Suite struct SpockTests {
    @Test func nodesHaveEachOthersRows() async throws {
        try await withSandbox { box in
            let shop = try await box.createSpockMesh(nodes: 2) { $0["spec"]?["backup_config"] = nil }
            let nodes = try ["n1", "n2"].map { try shop.primary($0) }
            #expect(try await nodes[0].value("SHOW shared_preload_libraries") == "spock")
            #expect(
                try await nodes[0].query("SELECT sub_name, sub_slot_name FROM spock.subscription")
                    == [["sub_n2_n1", "spk_shop_n2_sub_n2_n1"]])
            #expect(
                try await nodes[1].query("SELECT slot_name, plugin, active FROM pg_replication_slots")
                    == [["spk_shop_n2_sub_n2_n1", "spock_output", "t"]])
            for (index, node) in nodes.enumerated() {
                #expect(try await node.value("SELECT node_name FROM spock.node_info()") == node.name)
                try await node.query("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 20) i WHERE i % 2 = \(index)")
            }
            for node in nodes { try await node.waitFor("SELECT count(*) FROM t", toBe: "20") }
            // A position that a subscriber passes only when it has everything before.
            try await nodes[0].query("INSERT INTO t VALUES (21, 'last')")
            let position = try await nodes[0].value("SELECT spock.sync_event(true)")
            #expect(
                try await nodes[1].value(
                    "CALL spock.wait_for_sync_event(null::bool, 'n1'::name, '\(position)'::pg_lsn, 30)") == "t")
            #expect(try await nodes[1].value("SELECT count(*) FROM t") == "21")
            let verified = try await box.pgstanza("restore", "verify", "shop", "--json").expect(exit: 0).json()
            #expect(verified["providers"]?[0]?.stringValue == "spock")
            #expect(verified["tables"]?[0]?["nodes"]?[1]?["rows"]?.intValue == 21)
        }
    }

    /// All three nodes are written all the while. The real Spock is restored more often: what only it does is to be seen
    /// more than once.
    @Test func restoresLoseNothing() async throws {
        try await withSandbox { box in
            let tables =
                [
                    "CREATE TABLE items (id bigint PRIMARY KEY, node text, v text, n int)", "GRANT ALL ON items TO app",
                    "CREATE TABLE special (id int PRIMARY KEY, a int, b text)", "CREATE SEQUENCE numbers",
                ] + Mesh.sharedTableStatements
            let shop = try await box.createSpockMesh(nodes: 3, tables: tables) { draft in
                draft = draft.replacing("spec", "pg_hba_conf", with: ["host all app 127.0.0.1/32 trust"])
                    .replacing("spec", "scripts", "post_init", with: ["CREATE ROLE app LOGIN"])
                    // What the real one does by itself.
                    .replacing("spec", "postgresql_conf", "spock.conflict_resolution", with: "last_update_wins")
            }
            let mesh = Mesh(shop: shop, provider: .spock, sharedTable: "shared")
            let run = MeshRun(mesh: mesh)
            let (one, two) = (try mesh.node("n1"), try mesh.node("n2"))
            try await one.query("SELECT spock.repset_create('custom', true, true, false, false)")
            try await one.query(
                "SELECT spock.repset_add_table('custom', 'special', false, '{id,a}', 'a > 5 AND b IS NULL')")
            try await one.query("SELECT spock.repset_add_seq('custom', 'numbers')")
            try await one.query(
                "SELECT spock.node_add_interface('n1', 'side', '\(mesh.dsn(one)) application_name=side')")
            for node in ["n1", "n3"] { try await shop.backup(node: node) }
            let before = [try await mesh.catalogs(one), try await mesh.catalogs(two)]

            try await run.exactRestore("spock, n1 from its own backup", reference: "n3", "--target-node", "n1")
            for turn in 1...(SpockServer.isReal ? 3 : 1) {
                try await run.exactRestore(
                    "spock, n1 from n3's backup, \(turn)", reference: "n3", "--target-node", "n1", "--source-node",
                    "n3",
                    "--consent", "no-way-back")
            }
            #expect(try await mesh.catalogs(one) == before[0])
            #expect(try await mesh.catalogs(two) == before[1])
            #expect(
                try await one.value("SELECT count(*) FROM pg_replication_origin_status WHERE external_id IS NULL")
                    == "0")
            let verified = try await box.pgstanza("restore", "verify", "shop", "--json").expect(exit: 0).json()
            #expect(verified["equal"]?.boolValue == true)
        }
    }
}

extension Sandbox {
    /// A database whose nodes replicate to each other by Spock, with an empty table `t (id, x)` or others.
    func createSpockMesh(
        nodes: Int, tables: [String] = ["CREATE TABLE t (id int PRIMARY KEY, x text)"],
        change: (inout JSONTree) -> Void = { _ in }
    ) async throws -> Shop {
        let programs = try SpockServer.programs()
        return try await createMesh(nodes: nodes, provider: "spock", tables: tables) { draft in
            draft = draft.replacing("spec", "orchestrator_opts", "local", "bin_dir", with: .string(programs))
            change(&draft)
        }
    }
}
