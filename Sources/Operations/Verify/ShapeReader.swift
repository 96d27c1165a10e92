import Failures
import PositionedJSON
import Postgres
import Replication

/// Reads which tables a node has.
enum ShapeReader {
    /// Tables that hold rows for good, those of extensions left out.
    static func tables(_ connection: Connection) async throws -> [TableShape] {
        try await connection.query(query).map { row in
            TableShape(
                name: RelationName(schema: row["schema"] ?? "", name: row["name"] ?? ""),
                isPartitioned: row["relkind"] == "p", columns: try names(row["columns"]), key: try names(row["key"]),
                estimatedRows: row.integer("rows") ?? 0)
        }
    }

    private static func names(_ text: String?) throws -> [String] {
        guard let text else { return [] }
        return try JSONTree.parse(text).arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// A table that was never analysed is guessed at 100 bytes a row.
    private static let query = """
        SELECT n.nspname AS schema, c.relname AS name, c.relkind,
               CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint
                    WHEN c.relkind = 'r' THEN pg_relation_size(c.oid) / 100 ELSE 0 END AS rows,
               (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
               (SELECT json_agg(a.attname ORDER BY k.place)
                  FROM (SELECT * FROM pg_index
                         WHERE indrelid = c.oid AND (indisprimary OR indisreplident)
                         ORDER BY indisreplident DESC LIMIT 1) i,
                       unnest(i.indkey) WITH ORDINALITY k(number, place), pg_attribute a
                 WHERE k.place <= i.indnkeyatts AND a.attrelid = c.oid AND a.attnum = k.number) AS key
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
           AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                              AND d.deptype = 'e')
         ORDER BY 1, 2
        """
}
