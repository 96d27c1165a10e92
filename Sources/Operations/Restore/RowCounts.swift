import Postgres

/// Rows per table of the restored database, for the summary.
struct RowCounts {
    var node: NodePlacement
    var tools: NodeTools

    /// A table that takes longer than this to count is left out with nil, in seconds.
    private static let timePerTable = 2.0
    /// And counting stops altogether after this, so that a large database does not hold up its own return.
    private static let timeInAll = Duration.seconds(5)
    private static let mostTables = 200

    /// `schema.table` → rows, nil where it took too long.
    func count() async throws -> [String: Int64?] {
        try await tools.withConnection(to: node.primary, of: node, database: node.databaseName) { connection in
            let tables = try await connection.query(
                """
                SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
                ORDER BY c.relpages, 1, 2 LIMIT \(Self.mostTables)
                """)
            let start = ContinuousClock.now
            var found: [String: Int64?] = [:]
            for table in tables {
                guard let schema = table["nspname"], let name = table["relname"] else { continue }
                guard ContinuousClock.now - start < Self.timeInAll else {
                    found["\(schema).\(name)"] = .some(nil)
                    continue
                }
                let rows = try? await connection.value(
                    "SELECT count(*) FROM \(SQL.identifier(schema, name))", timeout: Self.timePerTable)
                found["\(schema).\(name)"] = .some(rows.flatMap { $0 }.flatMap { Int64($0) })
            }
            return found
        }
    }
}
