import Testing

@testable import Operations

/// Rows of several nodes walked through side by side.
@Suite struct KeyMergeTests {
    private func row(_ key: UInt64, _ content: UInt64 = 1, copies: Int64 = 1) -> KeyedRow {
        KeyedRow(
            key: RowDigest(high: key, low: 0), content: RowDigest(high: content, low: 0), copies: copies,
            shown: ["\(key)"])
    }

    /// Feeds `batch` rows at a time to whichever node is asked for, as cursors do.
    private func differences(_ nodes: [[KeyedRow]], batch: Int) -> [KeyDifference] {
        var merge = KeyMerge(nodes: nodes.count)
        var rest = nodes
        var found: [KeyDifference] = []
        while !merge.isAtEnd {
            for node in merge.hungry {
                let rows = Array(rest[node].prefix(batch))
                rest[node].removeFirst(rows.count)
                merge.add(rows, isLast: rows.count < batch, to: node)
            }
            found += merge.next()
        }
        return found
    }

    @Test(arguments: [1, 2, 3, 100])
    func findsWhatIsMissingAndWhatDiffers(batch: Int) {
        let found = differences(
            [[row(1), row(2), row(4, 7), row(6)], [row(1), row(3), row(4, 8), row(6)], [row(1), row(4, 7), row(6)]],
            batch: batch)
        #expect(found.map(\.shown) == [["2"], ["3"], ["4"]])
        #expect(
            found.map { $0.versions.map { $0 == nil } } == [
                [false, true, true], [true, false, true], [false, false, false],
            ])
        #expect(found[2].versions.map { $0?.content.high } == [7, 8, 7])
    }

    @Test func countsCopies() {
        let found = differences([[row(1, copies: 2)], [row(1)]], batch: 10)
        #expect(found.map { $0.versions.map { $0?.copies } } == [[2, 1]])
    }

    @Test func emptyNodesAreAllMissing() {
        #expect(differences([[], []], batch: 2).isEmpty)
        #expect(differences([[row(1), row(2), row(3)], []], batch: 2).count == 3)
    }

    /// Against a plain comparison of dictionaries, with random rows.
    @Test func agreesWithAPlainComparison() {
        for seed in 0..<200 {
            var generator = SeededNumbers(seed: UInt64(seed))
            let nodes = (0..<3).map { _ in
                Dictionary(
                    (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                        (UInt64.random(in: 0...20, using: &generator), UInt64.random(in: 0...1, using: &generator))
                    }
                ) { $1 }
            }
            let rows = nodes.map { node in node.sorted { $0.key < $1.key }.map { row($0.key, $0.value) } }
            let expected = Set(nodes.flatMap(\.keys)).filter { key in Set(nodes.map { $0[key] }).count > 1 }.sorted()
            let found = differences(rows, batch: Int.random(in: 1...7, using: &generator))
            #expect(found.map(\.key.high) == expected, "seed \(seed)")
        }
    }

    @Test func onlyWhatDifferedBeforeCounts() {
        let found = differences([[row(1), row(2)], []], batch: 10)
        var first = DifferenceTally(nodes: 2, limit: 1, before: nil)
        for difference in found { first.add(difference) }
        #expect(first.count == 2 && first.kept.count == 1 && first.missing == [0, 2])
        var second = DifferenceTally(nodes: 2, limit: 9, before: [RowDigest(high: 2, low: 0)])
        for difference in found { second.add(difference) }
        #expect(second.kept.map(\.shown) == [["2"]])
    }
}

/// The same numbers for the same seed.
private struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
