/// The text of a `postgresql.conf` or `postgresql.auto.conf`, edited line by line: what is not touched stays byte for
/// byte. Included files are not followed; their directives are kept.
///
/// Syntax as in the server's guc-file.l: `name = value` or `name value`, names without regard to case, values bare or
/// in single quotes with `''` and backslash escapes, `#` begins a comment, the last line of a name wins.
public struct ServerSettingsFile: Sendable, Hashable {
    /// The whole file. Bytes and not text: comments of old clusters may be in any encoding.
    public private(set) var bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(text: String) {
        bytes = Array(text.utf8)
    }

    /// The whole file as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Reads a file; one that is not there is empty.
    public static func read(_ path: String) throws -> ServerSettingsFile {
        ServerSettingsFile(bytes: try TextFile.readBytesIfPresent(path) ?? [])
    }

    /// Writes it atomically; an existing file keeps its mode.
    public func write(to path: String, mode: UInt32 = 0o600) throws {
        try TextFile.write(bytes, to: path, mode: mode)
    }

    /// The value that counts for `name` in this file; nil when it is not set.
    public func get(_ name: String) -> String? {
        lines.last { $0.names(name) }?.setting?.value
    }

    /// Every setting in the order of the file, the overridden ones too.
    public var all: [(name: String, value: String)] {
        lines.compactMap { line in line.setting.map { ($0.name, $0.value) } }
    }

    /// Files and directories named by include directives, in order, with the directive's own word.
    public var includes: [(directive: String, path: String)] {
        all.filter { ["include", "include_if_exists", "include_dir"].contains($0.name.lowercased()) }
            .map { ($0.name.lowercased(), $0.value) }
    }

    /// Sets `name` where it is set now, its last line, keeping that line's comment; otherwise at the end.
    public mutating func set(_ name: String, _ value: String) {
        var lines = lines
        if let index = lines.lastIndex(where: { $0.names(name) }) {
            let old = lines[index]
            let trailing = old.setting?.trailing ?? ""
            lines[index] = Line(
                bytes: Array((old.indentation + Self.line(name, value) + trailing).utf8), ending: old.ending)
            bytes = Self.joined(lines)
        } else {
            append(Self.line(name, value))
        }
    }

    /// Adds a line at the end, whatever it holds.
    public mutating func append(_ line: String) {
        if let last = bytes.last, last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        bytes += Array((line + "\n").utf8)
    }

    /// Takes out every line that sets one of `names`; gives those that were there, in lower case.
    @discardableResult
    public mutating func remove(_ names: some Sequence<String>) -> Set<String> {
        let wanted = Set(names.map { $0.lowercased() })
        var removed = Set<String>()
        let kept = lines.filter { line in
            guard let name = line.setting?.name.lowercased(), wanted.contains(name) else { return true }
            removed.insert(name)
            return false
        }
        bytes = Self.joined(kept)
        return removed
    }

    /// Takes out every line whose name `matches`; names arrive in lower case.
    public mutating func remove(where matches: (String) -> Bool) {
        bytes = Self.joined(lines.filter { line in line.setting.map { !matches($0.name.lowercased()) } ?? true })
    }

    /// One line as it has to be written: `name = 'value'`.
    public static func line(_ name: String, _ value: String) -> String {
        "\(name) = \(quoted(value))"
    }

    /// `value` in quotes, so that it is read back as it is, whatever it holds.
    public static func quoted(_ value: String) -> String {
        var text = "'"
        for scalar in value.unicodeScalars {
            switch scalar {
            case "'": text += "''"
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "'"
    }

    private var lines: [Line] {
        var lines: [Line] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(Line(bytes: Array(rest[..<end]), ending: [UInt8(ascii: "\n")]))
            rest = rest[(end + 1)...]
        }
        if !rest.isEmpty { lines.append(Line(bytes: Array(rest), ending: [])) }
        return lines
    }

    private static func joined(_ lines: [Line]) -> [UInt8] {
        lines.flatMap { $0.bytes + $0.ending }
    }
}

/// One line of a settings file.
private struct Line {
    let bytes: [UInt8]
    /// A line feed; empty for a last line without one.
    let ending: [UInt8]
    let setting: SettingLine?

    init(bytes: [UInt8], ending: [UInt8]) {
        self.bytes = bytes
        self.ending = ending
        setting = SettingLine(String(decoding: bytes, as: UTF8.self))
    }

    var indentation: String {
        String(decoding: bytes.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }, as: UTF8.self)
    }

    func names(_ name: String) -> Bool {
        setting?.name.lowercased() == name.lowercased()
    }
}

/// `name = value # comment`, taken apart.
private struct SettingLine {
    let name: String
    let value: String
    /// What follows the value: blanks, a comment, a carriage return.
    let trailing: String

    /// Nil for comments, blank lines and lines the server would not accept.
    init?(_ text: String) {
        var rest = Substring(text).unicodeScalars[...]
        func isBlank(_ s: Unicode.Scalar) -> Bool { s == " " || s == "\t" || s == "\r" }
        rest = rest.drop(while: isBlank)
        let name = rest.prefix {
            $0 == "_" || $0 == "." || $0.properties.isAlphabetic
                || ("0"..."9").contains($0)
        }
        guard let first = name.first, first == "_" || first.properties.isAlphabetic else { return nil }
        rest = rest[name.endIndex...].drop(while: isBlank)
        if rest.first == "=" { rest = rest.dropFirst().drop(while: isBlank) }
        var value = String.UnicodeScalarView()
        if rest.first == "'" {
            guard let end = Self.unquote(rest.dropFirst(), into: &value) else { return nil }
            rest = rest[end...]
        } else {
            let bare = rest.prefix { !isBlank($0) && $0 != "#" }
            guard !bare.isEmpty else { return nil }
            value.append(contentsOf: bare)
            rest = rest[bare.endIndex...]
        }
        let after = rest.drop(while: isBlank)
        guard after.isEmpty || after.first == "#" else { return nil }
        self.name = String(Substring(name))
        self.value = String(value)
        trailing = String(Substring(rest))
    }

    /// Reads up to the closing quote; gives where it ended, nil when there is none. Escapes as the server's
    /// `DeescapeQuotedString`: b f n r t, up to three octal digits, otherwise the character itself.
    private static func unquote(
        _ quoted: Substring.UnicodeScalarView, into value: inout String.UnicodeScalarView
    ) -> Substring.UnicodeScalarView.Index? {
        var index = quoted.startIndex
        while index < quoted.endIndex {
            let scalar = quoted[index]
            index = quoted.index(after: index)
            if scalar == "'" {
                guard index < quoted.endIndex, quoted[index] == "'" else { return index }
                value.append("'")
                index = quoted.index(after: index)
            } else if scalar == "\\" {
                guard index < quoted.endIndex else { return nil }
                let escaped = quoted[index]
                if ("0"..."7").contains(escaped) {
                    let digits = quoted[index...].prefix(3).prefix { ("0"..."7").contains($0) }
                    value.append(Unicode.Scalar(UInt8(truncatingIfNeeded: Int(String(Substring(digits)), radix: 8)!)))
                    index = digits.endIndex
                    continue
                }
                let plain: Unicode.Scalar =
                    switch escaped {
                    case "b": "\u{8}"
                    case "f": "\u{C}"
                    case "n": "\n"
                    case "r": "\r"
                    case "t": "\t"
                    default: escaped
                    }
                value.append(plain)
                index = quoted.index(after: index)
            } else {
                value.append(scalar)
            }
        }
        return nil
    }
}
