import Testing

@testable import Processes

@Suite struct LineTests {
    private func lines(_ pieces: [[UInt8]]) -> [String] {
        var splitter = LineSplitter()
        var found: [String] = []
        for piece in pieces { piece.withUnsafeBytes { splitter.add($0) { found.append($0) } } }
        splitter.finish { found.append($0) }
        return found
    }

    @Test func splitsAtLineFeedsOnly() {
        #expect(lines([Array("a\rb\u{0C}c\u{85}d\u{2028}e\nf".utf8)]) == ["a\rb\u{0C}c\u{85}d\u{2028}e", "f"])
    }

    @Test func keepsEmptyLinesAndTheLastUnendedOne() {
        #expect(lines([Array("\n\na\n\nb".utf8)]) == ["", "", "a", "", "b"])
        #expect(lines([Array("a\n".utf8)]) == ["a"])
        #expect(lines([]) == [])
    }

    @Test func joinsALineThatComesInPieces() {
        let bytes = Array("grüße\nzwei\n".utf8)
        for cut in 0...bytes.count {
            #expect(lines([Array(bytes[..<cut]), Array(bytes[cut...])]) == ["grüße", "zwei"])
        }
    }

    @Test func replacesBytesThatAreNotUTF8() {
        #expect(lines([[0x61, 0xFF, 0x62, 0x0A]]) == ["a\u{FFFD}b"])
    }

    @Test(arguments: [(0, 5, [String]()), (3, 2, ["0", "1"]), (3, 3, ["0", "1", "2"]), (3, 100, ["97", "98", "99"])])
    func theTailKeepsTheLastLines(limit: Int, count: Int, expected: [String]) {
        var tail = LineTail(limit: limit)
        for number in 0..<count { tail.add(String(number)) }
        #expect(tail.kept == expected)
    }

    @Test func theTailCanKeepEverything() {
        var tail = LineTail(limit: .max)
        for number in 0..<1000 { tail.add(String(number)) }
        #expect(tail.kept.count == 1000)
    }
}
