import Foundation
import PositionedJSON
import Testing

/// `restore verify`: what the nodes of a database hold, compared.
@Suite struct VerifyTests {
    /// Three nodes that nothing connects: copies of each other, until they are not.
    @Test func copiesAreEqualUntilARowDiffers() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop(nodes: 3) { $0["spec"]?["backup_config"] = nil }
            let nodes = try ["n1", "n2", "n3"].map { try shop.primary($0) }
            for (index, node) in nodes.enumerated() {
                // In another order, with columns in another order, and for one node with dead rows in between.
                let columns =
                    index == 1 ? "x bytea, id int PRIMARY KEY, f float8" : "id int PRIMARY KEY, x bytea, f float8"
                try await node.query(
                    """
                    CREATE SCHEMA s;
                    CREATE TABLE s.wide (\(columns));
                    INSERT INTO s.wide (id, x, f)
                    SELECT i, convert_to(repeat('ä ' || i, 40), 'UTF8'), i / 7.0::float8 FROM generate_series(1, 3000) i
                     ORDER BY (i * \(index + 3)) % 3001;
                    CREATE TABLE bag (x text);
                    INSERT INTO bag SELECT 'row ' || i % 50 FROM generate_series(1, 200) i;
                    CREATE TABLE parts (id int, k text, PRIMARY KEY (id, k)) PARTITION BY HASH (id);
                    CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                    INSERT INTO parts SELECT i, 'k' || i FROM generate_series(1, 100) i
                    """)
                // Which text a value has must not depend on what a database prefers.
                if index == 1 { try await node.query("ALTER DATABASE shop SET bytea_output = 'escape'") }
            }
            try await nodes[0].query("CREATE TABLE own (id int)")

            let equal = try await verify(box, exit: 0)
            #expect(equal["equal"]?.boolValue == true)
            #expect(names(equal) == ["public.bag", "public.parts_0", "public.parts_1", "public.t", "s.wide"])
            let wide = try table(equal, "s.wide")
            #expect(rows(wide) == [3000, 3000, 3000])
            #expect(Set(checksums(wide)).count == 1)
            #expect(equal["left_out"]?[0]?["table"]?.stringValue == "public.own")

            try await nodes[0].query("DELETE FROM s.wide WHERE id IN (5, 2999)")
            try await nodes[1].query("UPDATE s.wide SET x = 'other' WHERE id = 77")
            try await nodes[2].query("INSERT INTO s.wide (id) VALUES (4000)")
            try await nodes[2].query("INSERT INTO bag VALUES ('row 7')")
            try await nodes[0].query("UPDATE parts SET k = 'z' WHERE id = 3")
            let other = try await verify(box, exit: 1)
            #expect(other["equal"]?.boolValue == false)
            let differing = try table(other, "s.wide")
            #expect(rows(differing) == [2998, 3000, 3001])
            #expect(Set(checksums(differing)).count == 3)
            #expect(differing["differing"]?.intValue == 4)
            #expect(
                keys(differing) == [
                    "id=5 missing n1 versions n2 n3", "id=77 missing  versions n1 n3|n2",
                    "id=2999 missing n1 versions n2 n3", "id=4000 missing n1 n2 versions n3",
                ])
            #expect(keys(try table(other, "public.bag")) == ["row=(\"row 7\") missing  versions n1 n2|n3"])
            let parts = try ["public.parts_0", "public.parts_1"].flatMap { keys(try table(other, $0)) }
            #expect(
                parts.sorted() == ["id=3 k=k3 missing n1 versions n2 n3", "id=3 k=z missing n2 n3 versions n1"])
            #expect(try table(other, "public.t")["equal"]?.boolValue == true)

            // Less of it, on request.
            let few = try await verify(box, "--table", "wide", "--limit", "1", exit: 1)
            #expect(names(few) == ["s.wide"])
            #expect(keys(try table(few, "s.wide")).count == 1)
            #expect(try table(few, "s.wide")["differing"]?.intValue == 4)
            #expect(try await verify(box, "n1", "n2", "--table", "public.bag", exit: 0)["equal"]?.boolValue == true)
            let text = try await box.pgstanza("restore", "verify", "shop", "--table", "s.wide").expect(exit: 1)
            #expect(text.output.contains("  id=77: one on n1, n3, another on n2\n"))
            #expect(text.output.contains("  id=5: on n2, n3; not on n1\n"))
            #expect(text.errorOutput.contains("1 of 1 tables of shop is not equal"))

            try await box.pgstanza("restore", "verify", "shop", "--table", "nothing").expect(exit: 66)
            try await box.pgstanza("restore", "verify", "shop", "n1").expect(exit: 73)
            try await nodes[2].pgCtl("-m", "fast", "-w", "stop").expect(exit: 0)
            let down = try await box.pgstanza("restore", "verify", "shop", "--json").expect(exit: 69)
            #expect(try down.jsonError()["error"]?["message"]?.stringValue?.contains("n3 cannot be read") == true)
        }
    }

    /// Two nodes that replicate to each other, and clients that write to both all the while.
    @Test func rowsUnderWayAreNoDifference() async throws {
        try await withSandbox { box in
            let settings: [String: JSONTree] = [
                "wal_level": "logical", "shared_preload_libraries": "pglogical", "track_commit_timestamp": "on",
                "pglogical.conflict_resolution": "last_update_wins",
            ]
            let shop = try await box.createShop(nodes: 2) { draft in
                draft["spec"]?["backup_config"] = nil
                for (name, value) in settings { draft["spec"]?["postgresql_conf"]?[name] = value }
            }
            let nodes = try ["n1", "n2"].map { try shop.primary($0) }
            for node in nodes {
                try await node.query(
                    """
                    CREATE TABLE written (number bigint PRIMARY KEY, written timestamptz DEFAULT clock_timestamp());
                    CREATE TABLE far (number bigint PRIMARY KEY, written timestamptz DEFAULT clock_timestamp());
                    CREATE TABLE partly (id int PRIMARY KEY, sent text, kept text);
                    CREATE EXTENSION pglogical
                    """)
                try await node.query("SELECT pglogical.create_node('\(node.name)', '\(node.dsn)')")
                try await node.query(
                    """
                    SELECT pglogical.replication_set_add_table('default', 'written'),
                           pglogical.replication_set_add_table('default', 'far'),
                           pglogical.replication_set_add_table('default', 'partly', columns := '{id,sent}')
                    """)
            }
            for (node, peer) in [(nodes[0], nodes[1]), (nodes[1], nodes[0])] {
                try await node.query(
                    """
                    SELECT pglogical.create_subscription('sub_\(peer.name)', '\(peer.dsn)',
                           synchronize_structure := false, synchronize_data := false, forward_origins := '{}')
                    """)
                try await node.waitFor(
                    "SELECT status FROM pglogical.show_subscription_status()", toBe: "replicating")
            }
            try await nodes[0].query("INSERT INTO partly VALUES (1, 'sent', 'kept here')")
            let writers = [
                try await nodes[0].startWriter(table: "written", pause: 0),
                try await nodes[1].startWriter(table: "far", pause: 0),
            ]
            for writer in writers { try await writer.waitForCommits(100) }
            let equal = try await verify(box, exit: 0)
            #expect(equal["equal"]?.boolValue == true)
            #expect(equal["providers"]?[0]?.stringValue == "pglogical")
            #expect(names(equal) == ["public.far", "public.partly", "public.written"])
            #expect(equal["left_out"]?[0]?["table"]?.stringValue == "public.t")
            #expect(rows(try table(equal, "public.partly")) == [1, 1])

            // A change that nobody hands on, since it claims to come from elsewhere.
            try await nodes[1].query(
                """
                SELECT pg_replication_origin_create('elsewhere');
                SELECT pg_replication_origin_session_setup('elsewhere');
                DELETE FROM written WHERE number = 42
                """)
            for writer in writers { try await writer.waitForCommits(writer.acknowledged().count + 50) }
            let other = try await verify(box, exit: 1)
            for writer in writers { #expect(try await writer.stop().count > 150) }
            #expect(keys(try table(other, "public.written")) == ["number=42 missing n2 versions n1"])
            #expect(try table(other, "public.far")["equal"]?.boolValue == true)
        }
    }

    private func verify(_ box: Sandbox, _ arguments: String..., exit: Int32) async throws -> JSONTree {
        try await box.pgstanza(["restore", "verify", "shop", "--json"] + arguments).expect(exit: exit).json()
    }

    private func table(_ document: JSONTree, _ name: String) throws -> JSONTree {
        try #require(document["tables"]?.arrayValue?.first { $0["table"]?.stringValue == name })
    }

    private func names(_ document: JSONTree) -> [String] {
        document["tables"]?.arrayValue?.compactMap { $0["table"]?.stringValue } ?? []
    }

    private func rows(_ table: JSONTree) -> [Int64] {
        table["nodes"]?.arrayValue?.compactMap { $0["rows"]?.intValue } ?? []
    }

    private func checksums(_ table: JSONTree) -> [String] {
        table["nodes"]?.arrayValue?.compactMap { $0["checksum"]?.stringValue } ?? []
    }

    /// `id=5 missing n1 versions n2 n3`
    private func keys(_ table: JSONTree) -> [String] {
        func nodes(_ list: JSONTree?) -> String {
            list?.arrayValue?.compactMap(\.stringValue).joined(separator: " ") ?? ""
        }
        return (table["keys"]?.arrayValue ?? []).map { key in
            let columns = (key["key"]?.objectValue ?? [:]).sorted { $0.key < $1.key }
            let versions = key["versions"]?.arrayValue?.map { nodes($0["nodes"]) } ?? []
            return columns.map { "\($0.key)=\($0.value.stringValue ?? "NULL")" }.joined(separator: " ")
                + " missing \(nodes(key["missing_on"])) versions \(versions.joined(separator: "|"))"
        }
    }
}

extension Instance {
    /// How another server of the account's reaches the database: over the socket, where no password is asked for.
    var dsn: String { "host=\(socketDirectory) port=\(port) dbname=\(database) user=\(box.account.name)" }
}
