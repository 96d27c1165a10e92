import Failures
import Postgres

/// Compares one table through sessions of the nodes, each of them in a snapshot.
struct TableComparison {
    var table: ComparedTable
    /// One session for each node that has the table, in the order of the table's nodes.
    var sessions: [Connection]
    /// Keys that are kept to be shown.
    var limit: Int

    /// How often a table that differs is looked at: rows on their way between the nodes differ for a moment, and only
    /// what differs twice, with everything taken over in between, counts.
    static let looks = 3

    private var present: [String] { table.nodes.filter { !table.missingOn.contains($0) } }

    private static let fetched = 2000
    private static let cursor = "pgstanza_rows"

    enum Outcome: Sendable {
        case settled(VerifiedTable)
        /// It differs for now. Keys that did; nil when it is not known which, or there are too many.
        case again(Set<RowDigest>?)
    }

    /// Compares; `look` counts from 1, `before` are the keys that differed at the last look.
    func compare(look: Int, before: Set<RowDigest>?) async throws -> Outcome {
        let query = ChecksumQuery(table)
        let checksums = try await eachSession { try await $0.query(query.sums) }.map { TableChecksum($0) }
        let byNode = Dictionary(uniqueKeysWithValues: zip(present, checksums))
        let differing = TableChecksum.differing(checksums)
        guard !differing.isEmpty else {
            return .settled(VerifiedTable(table, checksums: byNode, tally: nil, isMoving: false))
        }
        if look == 1 { return .again(nil) }
        let tally = try await tally(query.rows(inBuckets: differing), before: before)
        if look < Self.looks { return .again(tally.remembered) }
        return .settled(VerifiedTable(table, checksums: byNode, tally: tally, isMoving: tally.count == 0))
    }

    /// Reads the rows of all nodes side by side, a handful of each at a time.
    private func tally(_ rows: String, before: Set<RowDigest>?) async throws -> DifferenceTally {
        var tally = DifferenceTally(nodes: sessions.count, limit: limit, before: before)
        var merge = KeyMerge(nodes: sessions.count)
        let shown = max(1, table.key.count)
        _ = try await eachSession {
            try await $0.execute("DECLARE \(Self.cursor) NO SCROLL CURSOR FOR \(rows)")
        }
        while !merge.isAtEnd {
            let hungry = merge.hungry
            let answers = try await eachSession(of: hungry) {
                try await $0.query("FETCH \(Self.fetched) FROM \(Self.cursor)").map { try KeyedRow($0, shown: shown) }
            }
            for (node, rows) in zip(hungry, answers) {
                merge.add(rows, isLast: rows.count < Self.fetched, to: node)
            }
            for difference in merge.next() { tally.add(difference) }
        }
        _ = try await eachSession { try await $0.execute("CLOSE \(Self.cursor)") }
        return tally
    }

    /// Asks all sessions, or some, at the same time; the answers in their order.
    private func eachSession<Answer: Sendable>(
        of chosen: [Int]? = nil, _ ask: @escaping @Sendable (Connection) async throws -> Answer
    ) async throws -> [Answer] {
        let names = present
        return try await SideBySide.run(chosen ?? Array(sessions.indices), name: { names[$0] }) { [sessions] index in
            try await ask(sessions[index])
        }
    }
}

extension KeyedRow {
    /// Reads a row of ``ChecksumQuery/rows(inBuckets:)``.
    init(_ row: Row, shown: Int) throws {
        guard let key = row["key"].flatMap({ RowDigest(hex: $0) }),
            let content = row["content"].flatMap({ RowDigest(hex: $0) }), let copies = row.integer("copies")
        else { throw OperationError(.defect, code: "bad-digest", "a server gave no digest of a row") }
        self.init(key: key, content: content, copies: copies, shown: (3..<3 + shown).map { row[$0] })
    }
}
