/// Counts the differences of one table and keeps the first of them.
struct DifferenceTally: Sendable {
    /// Keys that are remembered for looking at them again, so that memory stays bounded whatever differs.
    static let mostRemembered = 200_000

    /// Differences that are kept to be shown.
    let limit: Int
    /// Keys that differed when they were looked at before; nil for the first look, or when there were too many.
    let before: Set<RowDigest>?

    private(set) var count: Int64 = 0
    /// Per node: keys that it lacks.
    private(set) var missing: [Int64]
    private(set) var kept: [KeyDifference] = []
    private var keys: Set<RowDigest> = []

    init(nodes: Int, limit: Int, before: Set<RowDigest>?) {
        self.limit = limit
        self.before = before
        missing = Array(repeating: 0, count: nodes)
    }

    /// Takes one difference. One that was none before is a row under way between the nodes, and does not count.
    mutating func add(_ difference: KeyDifference) {
        if let before, !before.contains(difference.key) { return }
        count += 1
        for (node, version) in difference.versions.enumerated() where version == nil { missing[node] += 1 }
        if kept.count < limit { kept.append(difference) }
        if keys.count <= Self.mostRemembered { keys.insert(difference.key) }
    }

    /// The keys that differ, for the next look; nil when there are too many to remember.
    var remembered: Set<RowDigest>? { count > Self.mostRemembered ? nil : keys }
}
