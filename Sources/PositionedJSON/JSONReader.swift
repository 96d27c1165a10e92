/// The state of one parse: the bytes, the place reached, and the grammar of documents, arrays and objects.
struct JSONReader {
    let bytes: [UInt8]
    let file: String
    /// The next byte to read.
    var offset = 0
    /// The last place whose line and column were worked out. Only ever moves on, so that all positions
    /// together cost one pass over the bytes.
    private var mark = Position.start
    private var depth = 0

    init(bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// The byte at `offset`; nil at the end.
    var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    // MARK: Places and errors

    /// The position of `offset`, which must not lie before the last one asked for.
    mutating func position(at target: Int) -> Position {
        var line = mark.line
        var column = mark.column
        for index in mark.offset..<max(target, mark.offset) {
            if bytes[index] == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if bytes[index] & 0xC0 != 0x80 {
                column += 1
            }
        }
        mark = Position(line: line, column: column, offset: max(target, mark.offset))
        return mark
    }

    /// The position of the next byte.
    mutating func position() -> Position { position(at: offset) }

    func error(at position: Position, _ reason: String, hint: String? = nil) -> JSONSyntaxError {
        JSONSyntaxError(file: file, position: position, reason: reason, hint: hint)
    }

    /// An error at the next byte.
    mutating func errorHere(_ reason: String, hint: String? = nil) -> JSONSyntaxError {
        error(at: position(), reason, hint: hint)
    }

    // MARK: Documents

    mutating func document() throws(JSONSyntaxError) -> JSONNode {
        try checkEncoding()
        try skipBlanks()
        guard byte != nil else {
            let reason = bytes.isEmpty ? "found an empty file" : "found nothing in the file"
            throw errorHere("\(reason), expected a JSON value", hint: "write one JSON value, such as {}")
        }
        let node = try value()
        try skipBlanks()
        if let byte {
            let closing = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            throw errorHere(
                "found \(foundHere()), expected the end of the file",
                hint: closing
                    ? "remove it, or add the opening bracket that it belongs to"
                    : "a file holds one JSON value, and that ended before this")
        }
        return node
    }

    private mutating func checkEncoding() throws(JSONSyntaxError) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw errorHere("found UTF-16, expected UTF-8", hint: "save the file as UTF-8")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            offset = 3
            mark = Position(line: 1, column: 1, offset: 3)
        }
        if let invalid = UTF8Validation.firstInvalidOffset(in: bytes) {
            let digits = String(bytes[invalid], radix: 16, uppercase: true)
            throw error(
                at: position(at: invalid), "found the byte 0x\(digits), which is not valid UTF-8",
                hint: "save the file as UTF-8")
        }
    }

    // MARK: Values

    /// Reads the value that starts at the next byte.
    mutating func value() throws(JSONSyntaxError) -> JSONNode {
        let start = position()
        guard let byte else { throw errorHere("found the end of the file, expected a value") }
        switch byte {
        case UInt8(ascii: "{"): return JSONNode(position: start, value: .object(try members(from: start)))
        case UInt8(ascii: "["): return JSONNode(position: start, value: .array(try elements(from: start)))
        case UInt8(ascii: "\""): return JSONNode(position: start, value: .string(try string(from: start)))
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            return JSONNode(position: start, value: .number(try number(from: start)))
        default:
            if Self.isWordStart(byte) { return JSONNode(position: start, value: try word(from: start)) }
            throw unexpected(expected: "a value")
        }
    }

    private mutating func enter(_ start: Position) throws(JSONSyntaxError) {
        depth += 1
        if depth > JSONParser.maximumDepth {
            throw error(
                at: start, "found nesting deeper than \(JSONParser.maximumDepth) levels",
                hint: "no document that pgstanza reads is that deep; look for an opening bracket that is never closed")
        }
        offset += 1
    }

    private mutating func elements(from start: Position) throws(JSONSyntaxError) -> [JSONNode] {
        try enter(start)
        var elements: [JSONNode] = []
        while true {
            try skipBlanks()
            if byte == UInt8(ascii: "]") { break }
            try checkNotEnd(of: "array", from: start, expected: elements.isEmpty ? "a value or \"]\"" : "a value")
            elements.append(try value())
            try skipBlanks()
            if byte == UInt8(ascii: ",") {
                offset += 1
            } else if byte != UInt8(ascii: "]") {
                try checkNotEnd(of: "array", from: start, expected: "\",\" or \"]\"")
                throw unexpected(expected: "\",\" or \"]\"", afterValue: true)
            }
        }
        offset += 1
        depth -= 1
        return elements
    }

    private mutating func members(from start: Position) throws(JSONSyntaxError) -> [JSONMember] {
        try enter(start)
        var members: [JSONMember] = []
        var seen: [String: Position] = [:]
        while true {
            try skipBlanks()
            if byte == UInt8(ascii: "}") { break }
            try checkNotEnd(of: "object", from: start, expected: members.isEmpty ? "a key or \"}\"" : "a key")
            members.append(try member(&seen))
            try skipBlanks()
            if byte == UInt8(ascii: ",") {
                offset += 1
            } else if byte != UInt8(ascii: "}") {
                try checkNotEnd(of: "object", from: start, expected: "\",\" or \"}\"")
                throw unexpected(expected: "\",\" or \"}\"", afterValue: true)
            }
        }
        offset += 1
        depth -= 1
        return members
    }

    private mutating func member(_ seen: inout [String: Position]) throws(JSONSyntaxError) -> JSONMember {
        let keyPosition = position()
        guard byte == UInt8(ascii: "\"") else { throw unexpectedKey() }
        let key = try string(from: keyPosition)
        if let first = seen.updateValue(keyPosition, forKey: key) {
            throw error(
                at: keyPosition,
                "found the key \(Self.quoted(key)) a second time; the first is at line \(first.line), column \(first.column)",
                hint: "keep one of the two")
        }
        try skipBlanks()
        guard byte == UInt8(ascii: ":") else {
            throw errorHere(
                "found \(foundHere()), expected \":\" after the key \(Self.quoted(key))",
                hint: byte == UInt8(ascii: "=") ? "write \":\" instead of \"=\"" : "write it as \"key\": value")
        }
        offset += 1
        try skipBlanks()
        if byte == nil || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") {
            throw errorHere(
                "found \(foundHere()), expected a value for the key \(Self.quoted(key))",
                hint: "write the value, or take the key out")
        }
        return JSONMember(key: key, keyPosition: keyPosition, value: try value())
    }

    private mutating func checkNotEnd(of container: String, from start: Position, expected: String)
        throws(JSONSyntaxError)
    {
        guard byte == nil else { return }
        throw errorHere(
            "found the end of the file, expected \(expected) in the \(container) that begins at line \(start.line), "
                + "column \(start.column)",
            hint: "close the \(container), or see whether the file was cut off")
    }

    // MARK: Blanks and comments

    /// Passes white space and comments.
    mutating func skipBlanks() throws(JSONSyntaxError) {
        while let byte {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                offset += 1
            case UInt8(ascii: "/"):
                guard try skipComment() else { return }
            default:
                return
            }
        }
    }

    /// Passes one comment; false when the slash at the next byte does not begin one.
    private mutating func skipComment() throws(JSONSyntaxError) -> Bool {
        guard offset + 1 < bytes.count else { return false }
        switch bytes[offset + 1] {
        case UInt8(ascii: "/"):
            while let byte, byte != UInt8(ascii: "\n") { offset += 1 }
            return true
        case UInt8(ascii: "*"):
            let start = position()
            offset += 2
            while offset + 1 < bytes.count {
                if bytes[offset] == UInt8(ascii: "*"), bytes[offset + 1] == UInt8(ascii: "/") {
                    offset += 2
                    return true
                }
                offset += 1
            }
            throw error(
                at: start, "found a comment that never ends, expected \"*/\"", hint: "close the comment with \"*/\"")
        default:
            return false
        }
    }
}
