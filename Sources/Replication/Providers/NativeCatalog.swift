import Postgres

/// Postgres's own catalogs of publications and subscriptions, from PostgreSQL 14 on.
struct NativeCatalog {
    /// Columns that came with later versions are asked for through JSON, where a missing one is NULL.
    func subscriptions(_ connection: Connection) async throws -> [ReplicationSubscription] {
        let rows = try await connection.query(
            """
            SELECT s.oid, s.subname, s.subenabled, s.subconninfo, s.subslotname, s.subpublications::text[] AS sets,
                   pg_get_userbyid(s.subowner) AS owner, s.subsynccommit, to_jsonb(s) ->> 'subbinary' AS binary,
                   to_jsonb(s) ->> 'substream' AS streaming, to_jsonb(s) ->> 'subtwophasestate' AS two_phase,
                   to_jsonb(s) ->> 'subdisableonerr' AS disable_on_error, to_jsonb(s) ->> 'suborigin' AS origin,
                   to_jsonb(s) ->> 'subpasswordrequired' AS password_required,
                   to_jsonb(s) ->> 'subrunasowner' AS run_as_owner, to_jsonb(s) ->> 'subfailover' AS failover,
                   NOT EXISTS (SELECT FROM pg_subscription_rel r
                                WHERE r.srsubid = s.oid AND r.srsubstate NOT IN ('r', 's')) AS synchronized
              FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
             WHERE d.datname = current_database() ORDER BY s.subname
            """)
        var found: [ReplicationSubscription] = []
        for row in rows {
            let id = row["oid"] ?? ""
            found.append(
                ReplicationSubscription(
                    name: row["subname"] ?? "", id: id, isEnabled: row.bool("subenabled") ?? false,
                    interfaces: [ReplicationInterface(name: "", dsn: row["subconninfo"] ?? "")],
                    slot: row["subslotname"], sets: PostgresArray.parse(row["sets"]),
                    // Before PostgreSQL 16 there was no such choice: everything was handed on.
                    forwardOrigins: row["origin"] == "none" ? [] : ["all"], options: options(row),
                    isSynchronized: row.bool("synchronized") ?? true, tables: try await tables(of: id, connection)))
        }
        return found
    }

    /// By the names that `CREATE SUBSCRIPTION` has for them, `owner` besides.
    private func options(_ row: Row) -> [String: String] {
        var options: [String: String] = [:]
        for name in ["binary", "disable_on_error", "password_required", "run_as_owner", "failover"] {
            if let isOn = row.bool(name) { options[name] = String(isOn) }
        }
        switch row["streaming"] {
        case "true", "t": options["streaming"] = "on"
        case "p": options["streaming"] = "parallel"
        case nil: break
        default: options["streaming"] = "off"
        }
        if let state = row["two_phase"] { options["two_phase"] = String(state != "d") }
        if let origin = row["origin"] { options["origin"] = origin }
        options["synchronous_commit"] = row["subsynccommit"]
        options["owner"] = row["owner"]
        return options
    }

    private func tables(of subscription: String, _ connection: Connection) async throws -> [RelationName] {
        try await connection.query(
            """
            SELECT n.nspname, c.relname FROM pg_subscription_rel r JOIN pg_class c ON c.oid = r.srrelid
              JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.srsubid = $1::oid ORDER BY 1, 2
            """, [subscription]
        ).map { RelationName(schema: $0["nspname"] ?? "", name: $0["relname"] ?? "") }
    }

    func publications(_ connection: Connection) async throws -> [ReplicationSet] {
        let rows = try await connection.query(
            "SELECT p.*, pg_get_userbyid(p.pubowner) AS owner FROM pg_publication p ORDER BY p.pubname")
        var found: [ReplicationSet] = []
        for row in rows {
            let id = row["oid"] ?? ""
            found.append(
                ReplicationSet(
                    name: row["pubname"] ?? "", insert: row.bool("pubinsert") ?? true,
                    update: row.bool("pubupdate") ?? true, delete: row.bool("pubdelete") ?? true,
                    truncate: row.bool("pubtruncate") ?? true,
                    tables: try await published(by: id, connection),
                    allTables: row.bool("puballtables") ?? false, schemas: try await schemas(of: id, connection),
                    viaRoot: row.bool("pubviaroot") ?? false, owner: row["owner"]))
        }
        return found
    }

    private func published(by id: String, _ connection: Connection) async throws -> [ReplicatedTable] {
        // Column lists and row filters came with PostgreSQL 15.
        let isNew = await connection.serverVersion >= 150_000
        let filter = isNew ? "pg_get_expr(r.prqual, r.prrelid)" : "NULL"
        let columns =
            isNew
            ? """
            CASE WHEN r.prattrs IS NOT NULL THEN ARRAY(
                SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[]) ORDER BY a.attnum) END
            """ : "NULL"
        return try await connection.query(
            """
            SELECT n.nspname, c.relname, \(columns) AS columns, \(filter) AS filter
              FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE r.prpubid = $1::oid ORDER BY 1, 2
            """, [id]
        ).map { row in
            ReplicatedTable(
                RelationName(schema: row["nspname"] ?? "", name: row["relname"] ?? ""),
                columns: row["columns"].map { PostgresArray.parse($0) }, rowFilter: row["filter"])
        }
    }

    private func schemas(of id: String, _ connection: Connection) async throws -> [String] {
        guard await connection.serverVersion >= 150_000 else { return [] }
        return try await connection.query(
            """
            SELECT n.nspname FROM pg_publication_namespace p JOIN pg_namespace n ON n.oid = p.pnnspid
             WHERE p.pnpubid = $1::oid ORDER BY 1
            """, [id]
        ).compactMap { $0[0] }
    }
}
