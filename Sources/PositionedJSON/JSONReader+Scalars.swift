/// Strings, numbers and the three words.
extension JSONReader {
    // MARK: Strings

    /// Reads the string whose opening quote is the next byte.
    mutating func string(from start: Position) throws(JSONSyntaxError) -> String {
        offset += 1
        var decoded: [UInt8] = []
        var runStart = offset
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                decoded.append(contentsOf: bytes[runStart..<offset])
                offset += 1
                return String(decoding: decoded, as: UTF8.self)
            case UInt8(ascii: "\\"):
                decoded.append(contentsOf: bytes[runStart..<offset])
                decoded.append(contentsOf: String(try escape(inStringFrom: start)).utf8)
                runStart = offset
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                throw errorHere(
                    "found a line break in a string, expected the closing double quote",
                    hint: "close the string on its line, or write \\n for a line break in it")
            case 0..<0x20:
                let escape = byte == UInt8(ascii: "\t") ? "\\t" : "\\u" + Self.hexadecimal(UInt32(byte))
                throw errorHere(
                    "found a control character (U+\(Self.hexadecimal(UInt32(byte)))) in a string, "
                        + "expected an escape sequence", hint: "write \(escape)")
            default:
                offset += 1
            }
        }
        throw unclosed(start)
    }

    private func unclosed(_ start: Position) -> JSONSyntaxError {
        error(
            at: start, "found a string that never ends, expected a closing double quote",
            hint: "close the string, or see whether the file was cut off")
    }

    /// Reads the escape sequence whose backslash is the next byte.
    private mutating func escape(inStringFrom start: Position) throws(JSONSyntaxError) -> Unicode.Scalar {
        let backslash = offset
        guard offset + 1 < bytes.count else { throw unclosed(start) }
        let letter = bytes[offset + 1]
        offset += 2
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(backslash: backslash)
        default:
            throw error(
                at: position(at: backslash), "found a backslash that begins no JSON escape sequence",
                hint: letter == UInt8(ascii: "'")
                    ? "a single quote needs no backslash" : "write \\\\ for a backslash itself")
        }
    }

    /// Reads the digits after `\u`, and the second escape of a surrogate pair.
    private mutating func unicodeEscape(backslash: Int) throws(JSONSyntaxError) -> Unicode.Scalar {
        let unit = try fourDigits(backslash: backslash)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        if unit < 0xDC00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        {
            let second = offset
            offset += 2
            let low = try fourDigits(backslash: second)
            if (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
            {
                return scalar
            }
        }
        throw error(
            at: position(at: backslash),
            "found \\u\(Self.hexadecimal(unit)), one half of a surrogate pair, without the other half",
            hint: "write the character itself, or both halves, such as \\uD83D\\uDE00")
    }

    private mutating func fourDigits(backslash: Int) throws(JSONSyntaxError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error(
                    at: position(at: backslash), "found \\u without four hexadecimal digits",
                    hint: "write four digits, such as \\u00E9, or \\\\u for a backslash and a u")
            }
            unit = unit << 4 | UInt32(digit)
            offset += 1
        }
        return unit
    }

    // MARK: Numbers

    /// The longest number taken, in characters; keeps the conversion to `Double` cheap.
    static let maximumNumberLength = 512

    /// Reads the number that starts at the next byte.
    ///
    /// Every error points at the number's first character and does not repeat it.
    mutating func number(from start: Position) throws(JSONSyntaxError) -> JSONNumber {
        func bad(_ reason: String, _ hint: String) -> JSONSyntaxError {
            error(at: start, "found \(reason), expected a number", hint: hint)
        }
        let first = offset
        if byte == UInt8(ascii: "+") { throw bad("a number with a plus sign", "leave the plus sign out") }
        if byte == UInt8(ascii: "-") { offset += 1 }
        if let byte, Self.isWordStart(byte) {
            throw error(
                at: start, "found a minus sign before a word, expected a number",
                hint: "JSON knows no infinity; write a finite number, null, or a string in double quotes")
        }
        if byte == UInt8(ascii: ".") {
            throw bad("a number that begins with a decimal point", "write a zero before the point, such as 0.5")
        }
        let whole = skipDigits()
        if whole == 0 { throw bad("a minus sign without digits", "write the digits, or a string in double quotes") }
        if whole > 1, bytes[offset - whole] == UInt8(ascii: "0") {
            throw bad(
                "a number with a leading zero",
                "leave the zero out, or write it as a string in double quotes")
        }
        if byte == UInt8(ascii: ".") {
            offset += 1
            if skipDigits() == 0 {
                throw bad("a decimal point without digits after it", "write digits after the point, or leave it out")
            }
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            offset += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { offset += 1 }
            if skipDigits() == 0 { throw bad("an exponent without digits", "write the exponent, such as 1e6") }
        }
        if let byte, Self.isWordPart(byte) || byte == UInt8(ascii: ".") {
            throw bad(
                "a number followed by other characters",
                "write a plain decimal number, or a string in double quotes")
        }
        guard offset - first <= Self.maximumNumberLength else {
            throw bad("a number of more than \(Self.maximumNumberLength) characters", "write it shorter")
        }
        let number = JSONNumber(text: String(decoding: bytes[first..<offset], as: UTF8.self))
        guard number.double.isFinite else {
            throw bad("a number that is too large", "the largest is about 1.8e308")
        }
        return number
    }

    /// Passes decimal digits and returns how many they were.
    private mutating func skipDigits() -> Int {
        let start = offset
        while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        return offset - start
    }

    // MARK: Words

    /// Reads `true`, `false` or `null`; anything else is an error that names the mend.
    mutating func word(from start: Position) throws(JSONSyntaxError) -> JSONValue {
        let first = offset
        while let byte, Self.isWordPart(byte) { offset += 1 }
        // Only words of this short list are ever repeated in the message: another could be a password.
        guard offset - first <= 9 else { throw unquotedValue(start) }
        let word = String(decoding: bytes[first..<offset], as: UTF8.self)
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        default: break
        }
        let mend: String
        switch word.lowercased() {
        case "true", "yes", "on": mend = "write true, or \"\(word)\" in double quotes for the string"
        case "false", "no", "off": mend = "write false, or \"\(word)\" in double quotes for the string"
        case "null", "none", "nil", "undefined": mend = "write null, or take the key out"
        case "nan", "infinity", "inf": mend = "JSON has finite numbers only; write one, null, or a string"
        default: throw unquotedValue(start)
        }
        throw error(at: start, "found \(word), expected a value", hint: mend)
    }

    private func unquotedValue(_ start: Position) -> JSONSyntaxError {
        error(
            at: start, "found a word without quotes, expected a value",
            hint: "write strings in double quotes; the words true, false and null stand alone, in lower case")
    }

    static func isWordStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "_"), UInt8(ascii: "$"):
            true
        default: false
        }
    }

    static func isWordPart(_ byte: UInt8) -> Bool {
        isWordStart(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
    }
}
