/// What to say about a character that cannot stand where it does.
extension JSONReader {
    /// An error at the next byte, which fits none of what is expected.
    ///
    /// - Parameter afterValue: whether a value has just ended, so that a comma may be missing.
    mutating func unexpected(expected: String, afterValue: Bool = false) -> JSONSyntaxError {
        errorHere("found \(foundHere()), expected \(expected)", hint: mend(afterValue: afterValue))
    }

    /// An error at the next byte, which does not begin a key.
    mutating func unexpectedKey() -> JSONSyntaxError {
        if let name = unquotedKey() {
            return errorHere(
                "found the key \(name) without quotes, expected a key in double quotes",
                hint: "write \"\(name)\"")
        }
        if let byte, Self.isWordStart(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            return errorHere(
                "found characters without quotes, expected a key in double quotes",
                hint: "write keys in double quotes")
        }
        return unexpected(expected: "a key in double quotes")
    }

    /// The name at the next byte when a colon follows it, which makes it a key and not a piece of a value
    /// that should not be repeated.
    private func unquotedKey() -> String? {
        guard let byte, Self.isWordStart(byte) else { return nil }
        var end = offset
        while end < bytes.count, Self.isWordPart(bytes[end]) { end += 1 }
        let name = bytes[offset..<end]
        while end < bytes.count, bytes[end] == UInt8(ascii: " ") { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: ":"), name.count <= 64 else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    /// The next character in words: `"}"`, `a string`, `the end of the file`, `U+00A0 (no-break space)`.
    func foundHere() -> String {
        guard let scalar = scalarHere() else { return "the end of the file" }
        switch scalar {
        case "\"": return "a string"
        case "'", "\u{2018}", "\u{2019}": return "a single quote"
        case "\u{201C}", "\u{201D}", "\u{201E}": return "a typographic quote"
        case "0"..."9", "-": return "a number"
        case "a"..."z", "A"..."Z", "_", "$": return "a word"
        case "\u{A0}": return "U+00A0 (no-break space)"
        case "\u{200B}": return "U+200B (zero width space)"
        case "\u{FEFF}": return "U+FEFF (byte order mark)"
        case "!"..."~": return "\"\(scalar)\""
        default: return "the character U+\(Self.hexadecimal(scalar.value))"
        }
    }

    private func mend(afterValue: Bool) -> String? {
        guard let scalar = scalarHere() else { return nil }
        switch scalar {
        case "'", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{201E}":
            return "write keys and strings in straight double quotes: \"\""
        case "#": return "comments are written // to the end of the line, or /* */"
        case "/": return "comments begin with // or /*"
        case ",": return "remove the extra comma"
        case ";": return "write a comma"
        case "=": return "write \":\" between key and value"
        case "}", "]": return "see whether an opening and a closing bracket belong together"
        case "\u{A0}", "\u{200B}", "\u{FEFF}", "\u{0B}", "\u{0C}", "\u{2028}", "\u{2029}":
            return "replace it with an ordinary space, or remove it"
        case "\0": return "save the file as UTF-8"
        case ":": return afterValue ? "a colon stands only between a key and its value" : nil
        case "\"", "{", "[", "0"..."9", "-", "a"..."z", "A"..."Z":
            return afterValue ? "put a comma after the value before it" : nil
        default: return afterValue ? nil : "write keys and strings in straight double quotes: \"\""
        }
    }

    /// The character at the next byte; the bytes are known to be UTF-8.
    private func scalarHere() -> Unicode.Scalar? {
        guard offset < bytes.count else { return nil }
        let end = min(offset + 4, bytes.count)
        return String(decoding: bytes[offset..<end], as: UTF8.self).unicodeScalars.first
    }

    /// A key as it may be shown: in quotes, without control characters, cut when it is long.
    static func quoted(_ key: String) -> String {
        var text = "\""
        for scalar in key.unicodeScalars.prefix(64) {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: text += "\\u" + hexadecimal(scalar.value)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + (key.unicodeScalars.count > 64 ? "…\"" : "\"")
    }

    /// At least four hexadecimal digits.
    static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
