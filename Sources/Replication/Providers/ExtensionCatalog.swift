import Postgres

/// The catalogs of pglogical and of its descendant Spock, which have one shape: read by SQL alone, so that they can be
/// read where the library is not loaded.
struct ExtensionCatalog {
    /// Name of the extension and of its schema.
    var provider: ReplicationProvider
    private var schema: String { provider.rawValue }

    init(_ provider: ReplicationProvider) { self.provider = provider }

    func isInstalled(_ connection: Connection) async throws -> Bool {
        try await connection.value("SELECT to_regclass($1)", ["\(schema).subscription"]) != nil
    }

    func read(_ connection: Connection) async throws -> DatabaseReplication? {
        guard try await isInstalled(connection), let database = try await connection.value("SELECT current_database()")
        else { return nil }
        return DatabaseReplication(
            database: database, provider: provider, identity: try await identity(connection),
            sets: try await sets(connection), subscriptions: try await subscriptions(connection))
    }

    /// Name → position of the origins of the database's subscriptions.
    func positions(_ connection: Connection) async throws -> [String: LSN] {
        guard try await isInstalled(connection) else { return [:] }
        let rows = try await connection.query(
            """
            SELECT s.sub_name, o.remote_lsn FROM \(schema).subscription s
              JOIN pg_replication_origin_status o ON o.external_id = s.sub_slot_name
             WHERE o.remote_lsn > '0/0'
            """)
        return Dictionary(rows.compactMap { row in row.lsn("remote_lsn").map { (row["sub_name"] ?? "", $0) } }) { $1 }
    }

    /// Origins of the database's subscriptions.
    func origins(_ connection: Connection) async throws -> [String] {
        guard try await isInstalled(connection) else { return [] }
        return try await connection.query("SELECT sub_slot_name FROM \(schema).subscription").compactMap { $0[0] }
    }

    /// The subscription's state; nil when there is none of that name.
    func isEnabled(_ subscription: String, _ connection: Connection) async throws -> Bool? {
        guard try await isInstalled(connection) else { return nil }
        return try await connection.query(
            "SELECT sub_enabled FROM \(schema).subscription WHERE sub_name = $1", [subscription]
        ).first?.bool("sub_enabled")
    }

    /// Gives the pids of the workers of the subscription `$1`.
    var workerQuery: String {
        """
        SELECT a.pid FROM pg_stat_activity a, \(schema).subscription s
         WHERE s.sub_name = $1 AND a.datname = current_database()
           AND (a.backend_type LIKE '\(schema) apply %:' || s.sub_id
                OR a.backend_type LIKE '\(schema) sync %:' || s.sub_id)
        """
    }

    /// Whether the subscription's apply worker is alive.
    func isAtWork(_ subscription: String, _ connection: Connection) async throws -> Bool {
        try await !connection.query(workerQuery, [subscription]).isEmpty
    }

    /// Tables of the schemas that can be replicated, with whether each has a key; extensions' own are left out.
    func tables(inSchemas schemas: [String], _ connection: Connection) async throws -> [(RelationName, hasKey: Bool)] {
        try await connection.query(
            """
            SELECT n.nspname, c.relname,
                   EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS key
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname = ANY ($1::text[])
               AND NOT EXISTS (SELECT FROM pg_depend d
                                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
             ORDER BY 1, 2
            """, [PostgresArray.text(schemas)]
        ).map { row in
            (RelationName(schema: row["nspname"] ?? "", name: row["relname"] ?? ""), hasKey: row.bool("key") ?? false)
        }
    }

    private func identity(_ connection: Connection) async throws -> ReplicationIdentity? {
        let row = try await connection.query(
            """
            SELECT n.node_name, i.if_name, to_jsonb(n) ->> 'location' AS location,
                   to_jsonb(n) ->> 'country' AS country, to_jsonb(n) ->> 'info' AS info
              FROM \(schema).local_node l JOIN \(schema).node n ON n.node_id = l.node_id
              JOIN \(schema).node_interface i ON i.if_id = l.node_local_interface
            """
        ).first
        guard let row, let name = row["node_name"] else { return nil }
        var details: [String: String] = [:]
        for key in ["location", "country", "info"] { details[key] = row[key] }
        return ReplicationIdentity(
            name: name, interface: row["if_name"], interfaces: try await interfaces(of: name, connection),
            details: details)
    }

    func interfaces(of node: String, _ connection: Connection) async throws -> [ReplicationInterface] {
        try await connection.query(
            """
            SELECT i.if_name, i.if_dsn FROM \(schema).node_interface i JOIN \(schema).node n ON n.node_id = i.if_nodeid
             WHERE n.node_name = $1 ORDER BY 1
            """, [node]
        ).map { ReplicationInterface(name: $0["if_name"] ?? "", dsn: $0["if_dsn"] ?? "") }
    }

    private func subscriptions(_ connection: Connection) async throws -> [ReplicationSubscription] {
        let rows = try await connection.query(
            """
            SELECT s.*, n.node_name, i.if_name, to_jsonb(s) ->> 'sub_skip_schema' AS skip_schema,
                   ARRAY(SELECT jsonb_array_elements_text(coalesce(nullif(to_jsonb(s) -> 'sub_skip_schema', 'null'),
                         '[]'))) AS skipped,
                   NOT EXISTS (SELECT FROM \(schema).local_sync_status y
                                WHERE y.sync_subid = s.sub_id AND y.sync_status NOT IN ('r', 'y')) AS synchronized
              FROM \(schema).subscription s JOIN \(schema).node n ON n.node_id = s.sub_origin
              JOIN \(schema).node_interface i ON i.if_id = s.sub_origin_if
             ORDER BY s.sub_name
            """)
        var found: [ReplicationSubscription] = []
        for row in rows {
            let node = row["node_name"] ?? ""
            var options = [
                "apply_delay": row["sub_apply_delay"] ?? "00:00:00",
                "force_text_transfer": row["sub_force_text_transfer"] ?? "f",
            ]
            if row["skip_schema"] != nil { options["skip_schema"] = row["skipped"] }
            found.append(
                ReplicationSubscription(
                    name: row["sub_name"] ?? "", id: row["sub_id"] ?? "", isEnabled: row.bool("sub_enabled") ?? false,
                    providerNode: node, interface: row["if_name"],
                    interfaces: try await interfaces(of: node, connection), slot: row["sub_slot_name"],
                    sets: PostgresArray.parse(row["sub_replication_sets"]),
                    forwardOrigins: PostgresArray.parse(row["sub_forward_origins"]), options: options,
                    isSynchronized: row.bool("synchronized") ?? true))
        }
        return found
    }
}
