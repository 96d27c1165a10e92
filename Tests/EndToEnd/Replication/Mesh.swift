import Foundation
import PositionedJSON

/// Nodes that replicate to each other: each pair, both ways, the table `items`, and mostly `shared`, whose one row all of
/// them change.
struct Mesh: Sendable {
    let shop: Shop
    let provider: Provider
    /// The table with the row `1` that every node's writers change: who changed it last wins. A native subscription does
    /// not compare times, so its nodes share none.
    var sharedTable: String?

    enum Provider: Sendable {
        case pglogical
        /// Each node publishes a table of its own, `items_n1`, `items_n2`…
        case native
        /// Connected by `db create`.
        case spock
    }

    var box: Sandbox { shop.box }
    var nodes: [Instance] { shop.instances.filter { !$0.isReplica } }

    func node(_ name: String) throws -> Instance { try shop.primary(name) }

    /// Tables that a node's writer writes, and all that are compared.
    func table(of node: String) -> String { provider == .native ? "items_\(node)" : "items" }
    var tables: [String] { provider == .native ? nodes.map { "items_\($0.name)" } : ["items"] }

    /// Statements that make the table with the row that all share, the same on each node.
    static let sharedTableStatements = [
        "CREATE TABLE shared (id int PRIMARY KEY, node text, n int)", "INSERT INTO shared VALUES (1, '-', 0)",
        "GRANT ALL ON shared TO app",
    ]

    func dsn(_ node: Instance) -> String { "host=127.0.0.1 port=\(node.port) dbname=\(shop.id) user=repl" }

    /// Subscriptions, sets and slots of a node, field by field, without what is different after a restart.
    func catalogs(_ node: Instance, database: String? = nil) async throws -> [[String]] {
        var node = node
        if let database { node.database = database }
        var rows: [[String]] = []
        if provider != .native, database == nil {
            let schema = provider == .spock ? "spock" : "pglogical"
            rows += try await node.query(
                "SELECT n.*, i.* FROM \(schema).node n JOIN \(schema).node_interface i "
                    + "ON i.if_nodeid = n.node_id ORDER BY 2, 4")
            rows += try await node.query(
                "SELECT sub_id, sub_name, sub_origin, sub_target, sub_origin_if, sub_target_if, sub_enabled, "
                    + "sub_slot_name, sub_replication_sets, sub_forward_origins, sub_apply_delay, "
                    + "sub_force_text_transfer FROM \(schema).subscription ORDER BY sub_name")
            rows += try await node.query(
                "SELECT set_name, replicate_insert, replicate_update, replicate_delete, "
                    + "replicate_truncate FROM \(schema).replication_set ORDER BY 1")
            rows += try await node.query(
                "SELECT s.set_name, t.set_reloid::regclass, t.set_att_list, "
                    + "pg_get_expr(t.set_row_filter, t.set_reloid) FROM \(schema).replication_set_table t "
                    + "JOIN \(schema).replication_set s USING (set_id) ORDER BY 1, 2")
            rows += try await node.query(
                "SELECT s.set_name, q.set_seqoid::regclass FROM "
                    + "\(schema).replication_set_seq q JOIN \(schema).replication_set s USING (set_id) ORDER BY 1, 2")
        }
        rows += try await node.query(
            "SELECT subname, subenabled, subconninfo, subslotname, subpublications, "
                + "subbinary, substream, subsynccommit, subdisableonerr FROM pg_subscription ORDER BY 1")
        rows += try await node.query(
            "SELECT p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, "
                + "p.pubtruncate, t.tablename, t.attnames, t.rowfilter FROM pg_publication p "
                + "LEFT JOIN pg_publication_tables t USING (pubname) ORDER BY 1, 7")
        rows += try await node.query(
            "SELECT slot_name, plugin, database FROM pg_replication_slots "
                + "WHERE slot_type = 'logical' ORDER BY 1")
        return rows
    }
}

extension Sandbox {
    /// Makes the nodes with `db create`, and has them replicate.
    func createMesh(
        _ provider: Mesh.Provider, nodes: Int, holdingSlots: Bool = false,
        change: (inout JSONTree) throws -> Void = { _ in }
    ) async throws -> Mesh {
        let shop = try await createShop(nodes: nodes) { draft in
            var conf: [String: JSONTree] = [
                "wal_level": .string("logical"), "track_commit_timestamp": .string("on"),
                "max_worker_processes": .integer(24), "log_connections": .string("on"),
            ]
            if provider == .pglogical {
                conf["shared_preload_libraries"] = .string("pglogical")
                conf["pglogical.conflict_resolution"] = .string("last_update_wins")
            }
            for (name, value) in conf { draft = draft.replacing("spec", "postgresql_conf", name, with: value) }
            draft = draft.replacing(
                "spec", "pg_hba_conf",
                with: .array([
                    .string("host all app 127.0.0.1/32 trust"), .string("host all repl 127.0.0.1/32 trust"),
                ]))
            try change(&draft)
        }
        let mesh = Mesh(shop: shop, provider: provider, sharedTable: provider == .pglogical ? "shared" : nil)
        for node in mesh.nodes {
            try await node.query("CREATE ROLE app LOGIN")
            try await node.query("CREATE ROLE repl LOGIN SUPERUSER")
            for table in mesh.tables {
                try await node.query("CREATE TABLE \(table) (id bigint PRIMARY KEY, node text, v text, n int)")
                try await node.query("GRANT ALL ON \(table) TO app")
            }
            if provider == .pglogical {
                for statement in Mesh.sharedTableStatements { try await node.query(statement) }
                try await node.query("CREATE EXTENSION pglogical")
                try await node.query("SELECT pglogical.create_node('\(node.name)', '\(mesh.dsn(node))')")
                for table in ["items", "shared"] {
                    try await node.query("SELECT pglogical.replication_set_add_table('default', '\(table)')")
                }
                try await mesh.addSpecialties(to: node)
            } else {
                try await node.query("CREATE PUBLICATION of_\(node.name) FOR TABLE items_\(node.name)")
            }
        }
        for provides in mesh.nodes {
            for subscriber in mesh.nodes where subscriber.name != provides.name {
                try await mesh.subscribe(subscriber, to: provides)
            }
        }
        for node in mesh.nodes {
            try await node.waitFor(
                "SELECT count(*) FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid "
                    + "WHERE r.state = 'streaming' AND s.slot_type = 'logical'", toBe: String(nodes - 1))
        }
        if holdingSlots { try mesh.askForHoldingSlots() }
        return mesh
    }
}

extension Mesh {
    /// In the accepted spec, as if `db create` had been asked.
    fileprivate func askForHoldingSlots() throws {
        var record = try shop.record()
        let replication = JSONTree.object(["provider": .string("pglogical"), "holding_slots": .bool(true)])
        record = record.replacing("spec", "orchestrator_opts", "local", "replication", with: replication)
        try box.write(box.home + "/databases/\(shop.id)/database.json", record.text(pretty: true), mode: 0o600)
    }

    /// A set with everything that one can have, and a second way to the node.
    fileprivate func addSpecialties(to node: Instance) async throws {
        try await node.query("CREATE TABLE special (id int PRIMARY KEY, a int, b text); CREATE SEQUENCE numbers")
        try await node.query(
            "SELECT pglogical.create_replication_set('custom', true, true, false, false)")
        try await node.query(
            "SELECT pglogical.replication_set_add_table('custom', 'special', false, '{id,a}', 'a > 5 AND b IS NULL')")
        try await node.query("SELECT pglogical.replication_set_add_sequence('custom', 'numbers')")
        try await node.query(
            "SELECT pglogical.alter_node_add_interface('\(node.name)', 'side', '\(dsn(node)) application_name=side')")
    }

    /// A database `side` on two nodes with a table `beside` that is replicated natively one way, with a row in it.
    func addSideDatabase(from provides: Instance, to subscriber: Instance) async throws {
        for node in [provides, subscriber] {
            try await node.query("CREATE DATABASE side")
            try await node.query("CREATE TABLE beside (i int PRIMARY KEY)", database: "side")
        }
        try await provides.query("CREATE PUBLICATION beside FOR TABLE beside WHERE (i > 0)", database: "side")
        try await subscriber.query(
            "CREATE SUBSCRIPTION beside CONNECTION 'host=127.0.0.1 port=\(provides.port) dbname=side user=repl' "
                + "PUBLICATION beside WITH (binary = true, streaming = on)", database: "side")
        try await provides.query("INSERT INTO beside VALUES (1)", database: "side")
        try await subscriber.waitFor("SELECT count(*) FROM beside", toBe: "1", database: "side")
        try await subscriber.waitFor(
            "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel", toBe: "t", database: "side")
    }

    /// The plain way: the subscription makes its slot by itself and begins where that stands.
    func subscribe(_ subscriber: Instance, to provides: Instance) async throws {
        let name = "sub_\(provides.name)_\(subscriber.name)"
        switch provider {
        case .pglogical:
            try await subscriber.query(
                "SELECT pglogical.create_subscription('\(name)', '\(dsn(provides))', '{default,default_insert_only}', "
                    + "false, false, '{}')")
        case .native:
            try await subscriber.query(
                "CREATE SUBSCRIPTION \(name) CONNECTION '\(dsn(provides))' PUBLICATION of_\(provides.name) "
                    + "WITH (slot_name = 'slot_\(name)')")
        case .spock:
            try await subscriber.query(
                "SELECT spock.sub_create('\(name)', '\(dsn(provides))', '{default,default_insert_only,ddl_sql}')")
        }
    }
}
