import PositionedJSON
import Testing

/// Slots that peers keep for a node's backups.
@Suite struct HoldingSlotTests {
    @Test func aNodeTakenBackGoesOnExactly() async throws {
        try await withSandbox { box in
            let mesh = try await box.createMesh(.pglogical, nodes: 2, holdingSlots: true)
            let (one, two) = (try mesh.node("n1"), try mesh.node("n2"))
            let refused = try await box.pgstanza("backup", mesh.shop.id, "n1", "--type", "full", "--json").expect(
                exit: 73)
            #expect(try refused.jsonError()["error"]?["code"]?.stringValue == "holding-slots-unbounded")
            try await two.query("ALTER SYSTEM SET max_slot_wal_keep_size = '1GB'")
            try await two.query("SELECT pg_reload_conf()")
            try await mesh.shop.backup(node: "n1")
            let list = try await box.pgstanza("backups", mesh.shop.id, "n1", "--json").expect(exit: 0).json()
            let held = list["nodes"]?[0]?["holding_slots"]?.arrayValue ?? []
            #expect(held.count == 1 && held[0]["lost"]?.boolValue == false, "\(list.text(pretty: true))")

            try await two.query("INSERT INTO items SELECT i, 'n2', 'x' FROM generate_series(1, 100) i")
            try await one.waitFor("SELECT count(*) FROM items", toBe: "100")
            try await one.query("INSERT INTO items SELECT i, 'n1', 'x' FROM generate_series(1001, 1010) i")
            let target = try await mesh.shop.moment("n1")
            // Confirmed by n1, and gone from it with the restore.
            try await two.query("INSERT INTO items SELECT i, 'n2', 'later' FROM generate_series(101, 200) i")
            try await two.query("UPDATE items SET v = 'changed' WHERE id <= 50")
            try await one.waitFor("SELECT count(*) FROM items WHERE v = 'changed'", toBe: "50")
            try await one.query("INSERT INTO items SELECT i, 'n1', 'undone' FROM generate_series(1011, 1020) i")
            try await two.waitFor("SELECT count(*) FROM items", toBe: "220")

            let restore = ["restore", mesh.shop.id, "--target-node", "n1", "--target", target]
            let plan = try await box.pgstanza(restore + ["--plan", "--json"]).json()
            let inbound = plan["subscriptions"]?.arrayValue?.first { $0["subscription"]?.stringValue == "sub_n2_n1" }
            #expect(inbound?["case"]?.stringValue == "exact", "\(plan.text(pretty: true))")
            let error = try await box.pgstanza(restore + ["--yes", "--json"]).expect(exit: 73).jsonError()["error"]
            #expect(error?["message"]?.stringValue?.contains("n2 keeps what n1 wrote after") == true)
            try await box.pgstanza(restore + ["--accept-divergence", "--yes"], timeLimit: 300).expect(exit: 0)

            try await one.waitFor("SELECT count(*) FROM items", toBe: "210")
            // All of n2's rows as n2 has them; what n1 wrote after the moment is only there.
            let rows = "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY id)) FROM items t WHERE node = 'n2'"
            #expect(try await one.query(rows) == two.query(rows))
            #expect(try await one.value("SELECT count(*) FROM items WHERE v = 'undone'") == "0")
            #expect(try await two.value("SELECT count(*) FROM items WHERE v = 'undone'") == "10")
        }
    }
}
