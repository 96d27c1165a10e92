/// A row as one node has it.
struct KeyedRow: Sendable, Equatable {
    var key: RowDigest
    var content: RowDigest
    /// How often the very same row is there; more than once only without a key.
    var copies: Int64
    /// The key's columns as text, or the start of a row that has none.
    var shown: [String?]
}

/// A key under which the nodes do not have the same.
struct KeyDifference: Sendable, Equatable {
    struct Version: Sendable, Hashable {
        var content: RowDigest
        var copies: Int64
    }
    var key: RowDigest
    var shown: [String?]
    /// Per node; nil where no such row is.
    var versions: [Version?]
}

/// Walks through the rows of several nodes at once, each sorted by the digest of the key, and finds what differs.
///
/// It holds no more than what it was last given: ask ``hungry`` which nodes' rows have run out, ``add(_:isLast:to:)``
/// the next ones, then take what is decided by ``next()``.
struct KeyMerge {
    private struct Lane {
        var rows: ArraySlice<KeyedRow> = []
        var isComplete = false
    }
    private var lanes: [Lane]

    init(nodes: Int) {
        lanes = Array(repeating: Lane(), count: nodes)
    }

    /// Nodes whose next row is not known.
    var hungry: [Int] { lanes.indices.filter { lanes[$0].rows.isEmpty && !lanes[$0].isComplete } }
    /// Every row has been looked at.
    var isAtEnd: Bool { lanes.allSatisfy { $0.rows.isEmpty && $0.isComplete } }

    mutating func add(_ rows: [KeyedRow], isLast: Bool, to node: Int) {
        lanes[node].rows += rows
        lanes[node].isComplete = isLast
    }

    /// The differences that can be told from what is here.
    mutating func next() -> [KeyDifference] {
        var found: [KeyDifference] = []
        while hungry.isEmpty, let key = lanes.compactMap({ $0.rows.first?.key }).min() {
            var versions: [KeyDifference.Version?] = []
            var shown: [String?] = []
            for index in lanes.indices {
                guard let row = lanes[index].rows.first, row.key == key else {
                    versions.append(nil)
                    continue
                }
                lanes[index].rows.removeFirst()
                versions.append(KeyDifference.Version(content: row.content, copies: row.copies))
                shown = row.shown
            }
            if versions.contains(where: { $0 != versions[0] }) {
                found.append(KeyDifference(key: key, shown: shown, versions: versions))
            }
        }
        return found
    }
}
