import Spec
import Testing

@Suite("Damaged documents")
struct FuzzTests {
    /// The same texts in every run: xorshift with a fixed seed.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    @Test("are read or refused with a place in the file, and nothing else", arguments: 1...6)
    func damaged(seed: UInt64) throws {
        var generator = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let sources = [ValidTexts.database, ValidTexts.restore, ValidTexts.backup].map { Array($0.utf8) }
        var refused = 0
        for _ in 0..<60 {
            var bytes = sources.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&bytes, &generator) }
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count
            do {
                _ = try SpecReader.readAny(bytes, file: "x")
            } catch {
                refused += 1
                #expect(!error.problems.isEmpty)
                for problem in error.problems {
                    #expect((1...lines).contains(problem.line) && problem.column >= 1 && !problem.message.isEmpty)
                }
                let places = error.problems.map { ($0.line, $0.column) }
                #expect(zip(places, places.dropFirst()).allSatisfy { $0 <= $1 })
            }
        }
        #expect(refused > 20)
    }

    /// Replaces, repeats, moves or takes out a piece.
    private func damage(_ bytes: inout [UInt8], _ generator: inout Generator) {
        guard !bytes.isEmpty else { return }
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, start + Int.random(in: 1...20, using: &generator))
        let piece = Array(bytes[start..<end])
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes.removeSubrange(start..<end)
        case 1: bytes.insert(contentsOf: piece, at: start)
        case 2: bytes.insert(contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &generator))
        case 3: bytes[start] = UInt8.random(in: 0...255, using: &generator)
        default:
            let words = ["null", "{}", "[]", "\"\"", "-1", "true", "1e99", "\"n1\"", ",", "[[", "\"type\":"]
            bytes.replaceSubrange(start..<end, with: Array((words.randomElement(using: &generator) ?? "").utf8))
        }
    }

    @Test("every value of every other type is refused or read, wherever it stands")
    func wrongTypes() throws {
        let text = ValidTexts.database
        let values = ["null", "true", "-7", "\"\"", "\"x y\"", "[]", "[null]", "{}", "{\"x\": {}}"]
        // Behind every colon stands a value; whatever follows it up to the next comma or line goes.
        for (index, place) in text.indices.filter({ text[$0] == ":" }).enumerated() {
            let value = values[index % values.count]
            let rest = text[text.index(after: place)...].drop { $0 != "," && $0 != "\n" }
            let damaged = text[...place] + value + rest
            do {
                _ = try SpecReader.readAny(Array(damaged.utf8), file: "x")
            } catch {
                #expect(!error.problems.isEmpty)
            }
        }
    }
}
