import Postgres

/// The SQL by which a table's contents are compared, the same on every node: pure.
///
/// A row is known by the text of its columns, a key by the text of the key's, each as the SHA-256 of its UTF-8: neither
/// the order of columns, the encoding of the database nor its major version has a part in it. Rows fall into buckets by
/// their key, so that where two nodes differ only those buckets have to be read again.
struct ChecksumQuery {
    var table: ComparedTable
    /// A power of two, at most ``mostBuckets``.
    var buckets: Int

    static let mostBuckets = 4096
    /// Rows that a bucket is meant to have.
    private static let rowsPerBucket: Int64 = 500
    /// Characters of a row without a key that are shown.
    private static let shownCharacters = 200

    init(_ table: ComparedTable) {
        self.table = table
        buckets = 1
        while buckets < Self.mostBuckets, Int64(buckets) * Self.rowsPerBucket < table.estimatedRows { buckets *= 2 }
    }

    /// What sessions need besides pgstanza's usual settings, so that one value has one text everywhere and no row is
    /// hidden in silence.
    static let settings = [
        "bytea_output": "hex", "lc_monetary": "C", "row_security": "off", "xmlbinary": "base64",
    ]

    /// Per bucket: its number, how many rows, and the sums of the halves of their digests. The order in which rows are
    /// read does not matter, nor does it hide a row that is there twice.
    var sums: String {
        """
        SELECT bucket, count(*) AS rows, sum(('x' || encode(substr(content, 1, 8), 'hex'))::bit(64)::bigint) AS high,
               sum(('x' || encode(substr(content, 9, 8), 'hex'))::bit(64)::bigint) AS low
          FROM (\(digests(shown: [])) OFFSET 0) digests
         GROUP BY bucket
        """
    }

    /// The digests of keys and rows, in the order of the keys' digests, with the key's columns as text; without a key
    /// how often each row is there, and the start of its text. Only of the buckets given.
    func rows(inBuckets wanted: [Int]) -> String {
        let limit =
            wanted.count < buckets ? " WHERE bucket IN (\(wanted.map(String.init).joined(separator: ", ")))" : ""
        guard !table.key.isEmpty else {
            return """
                SELECT encode(key, 'hex') AS key, encode(content, 'hex') AS content, count(*) AS copies,
                       min(shown) AS shown
                  FROM (\(digests(shown: ["left(\(Self.text(table.columns)), \(Self.shownCharacters)) AS shown"])) \
                OFFSET 0) digests\(limit)
                 GROUP BY digests.key, digests.content ORDER BY digests.key
                """
        }
        let names = table.key.indices.map { "shown\($0)" }
        let shown = zip(table.key, names).map { "\(SQL.identifier($0))::text AS \($1)" }
        return """
            SELECT encode(key, 'hex') AS key, encode(content, 'hex') AS content, 1 AS copies, \
            \(names.joined(separator: ", "))
              FROM (\(digests(shown: shown)) OFFSET 0) digests\(limit)
             ORDER BY digests.key
            """
    }

    /// One row for each row of the table. `OFFSET 0` around it keeps the planner from computing a digest twice.
    private func digests(shown: [String]) -> String {
        let content = Self.digest(table.columns)
        let key = table.key.isEmpty ? content : Self.digest(table.key)
        let extra = shown.isEmpty ? "" : ", " + shown.joined(separator: ", ")
        let filter = table.rowFilter.map { " WHERE \($0)" } ?? ""
        let source = (table.isPartitioned ? "" : "ONLY ") + SQL.identifier(table.name.schema, table.name.name)
        return """
            SELECT key, content, (get_byte(key, 0) * 256 + get_byte(key, 1)) / \(65536 / buckets) AS bucket\
            \(shown.isEmpty ? "" : ", " + shown.map(Self.alias).joined(separator: ", "))
              FROM (SELECT \(key) AS key, \(content) AS content\(extra) FROM \(source)\(filter) OFFSET 0) r
            """
    }

    private static func alias(_ expression: String) -> String {
        String(expression.split(separator: " ").last ?? "")
    }

    private static func text(_ columns: [String]) -> String {
        "ROW(\(columns.map { SQL.identifier($0) }.joined(separator: ", ")))::text"
    }

    private static func digest(_ columns: [String]) -> String {
        "substr(sha256(convert_to(\(text(columns)), 'UTF8')), 1, 16)"
    }
}
