/// A text read from left to right.
struct TimeScanner {
    let text: String
    private let characters: [Character]
    private var index = 0

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    /// The whole text as it may be shown.
    var shown: String { TargetTimeError.quoted(text) }
    var count: Int { characters.count }
    var isAtEnd: Bool { index == characters.count }
    /// The next character.
    var peek: Character? { isAtEnd ? nil : characters[index] }
    /// What is not yet read.
    var rest: String { String(characters[index...]) }
    /// How many digits come next.
    var digitsAhead: Int { characters[index...].prefix(while: \.isASCIIDigit).count }

    func character(at offset: Int) -> Character? {
        characters.indices.contains(offset) ? characters[offset] : nil
    }

    /// Passes one character, if there is one.
    mutating func advance() {
        if !isAtEnd { index += 1 }
    }

    /// Passes `character` when it comes next.
    mutating func take(_ character: Character) -> Bool {
        guard peek == character else { return false }
        index += 1
        return true
    }

    /// Reads all digits that come next.
    mutating func digits() -> String {
        let digits = characters[index...].prefix(while: \.isASCIIDigit)
        index += digits.count
        return String(digits)
    }

    /// Reads a number of exactly so many digits (more may follow); nil, and nothing read, when there are fewer.
    mutating func number(_ length: Int) -> Int? {
        guard digitsAhead >= length else { return nil }
        defer { index += length }
        return Int(String(characters[index..<(index + length)]))
    }
}
