import Postgres

extension ExtensionCatalog {
    /// The replication sets of the database's own node, with tables and sequences.
    func sets(_ connection: Connection) async throws -> [ReplicationSet] {
        let schema = provider.rawValue
        let rows = try await connection.query(
            """
            SELECT r.* FROM \(schema).replication_set r JOIN \(schema).local_node l ON l.node_id = r.set_nodeid
             ORDER BY r.set_name
            """)
        var found: [ReplicationSet] = []
        for row in rows {
            let id = row["set_id"] ?? ""
            found.append(
                ReplicationSet(
                    name: row["set_name"] ?? "", insert: row.bool("replicate_insert") ?? true,
                    update: row.bool("replicate_update") ?? true, delete: row.bool("replicate_delete") ?? true,
                    truncate: row.bool("replicate_truncate") ?? true, tables: try await tables(ofSet: id, connection),
                    sequences: try await sequences(ofSet: id, connection)))
        }
        return found
    }

    /// What of `wanted` a set does not have yet.
    func missing(of wanted: ReplicationSet, _ connection: Connection) async throws -> ReplicationSet {
        let present = try await sets(connection).first { $0.name == wanted.name }
        var missing = wanted
        missing.tables.removeAll { table in present?.tables.contains { $0.relation == table.relation } ?? false }
        missing.sequences.removeAll { present?.sequences.contains($0) ?? false }
        return missing
    }

    private func tables(ofSet id: String, _ connection: Connection) async throws -> [ReplicatedTable] {
        // The filter is stored as a parsed tree; only its text can be given to the set again.
        try await connection.query(
            """
            SELECT n.nspname, c.relname, t.set_att_list, pg_get_expr(t.set_row_filter, t.set_reloid) AS filter
              FROM \(provider.rawValue).replication_set_table t JOIN pg_class c ON c.oid = t.set_reloid
              JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE t.set_id = $1::oid ORDER BY 1, 2
            """, [id]
        ).map { row in
            ReplicatedTable(
                RelationName(schema: row["nspname"] ?? "", name: row["relname"] ?? ""),
                columns: row["set_att_list"].map { PostgresArray.parse($0) }, rowFilter: row["filter"])
        }
    }

    private func sequences(ofSet id: String, _ connection: Connection) async throws -> [RelationName] {
        try await connection.query(
            """
            SELECT n.nspname, c.relname
              FROM \(provider.rawValue).replication_set_seq s JOIN pg_class c ON c.oid = s.set_seqoid
              JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE s.set_id = $1::oid ORDER BY 1, 2
            """, [id]
        ).map { RelationName(schema: $0["nspname"] ?? "", name: $0["relname"] ?? "") }
    }
}
