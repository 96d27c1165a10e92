/// The text of a `postgresql.conf` or `postgresql.auto.conf`, edited line by line: what is not touched stays byte for
/// byte. Included files are not followed; their directives are kept.
///
/// Syntax as in the server's guc-file.l: `name = value` or `name value`, names without regard to case, values bare or
/// in single quotes with `''` and backslash escapes, `#` begins a comment, the last line of a name wins.
public struct ServerSettingsFile: Sendable, Hashable {
    /// The whole file.
    public private(set) var text: String

    public init(text: String) {
        self.text = text
    }

    /// Reads a file; one that is not there is empty.
    public static func read(_ path: String) throws -> ServerSettingsFile {
        ServerSettingsFile(text: try TextFile.readIfPresent(path) ?? "")
    }

    /// Writes it atomically; an existing file keeps its mode.
    public func write(to path: String, mode: UInt32 = 0o600) throws {
        try TextFile.write(text, to: path, mode: mode)
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
            lines[index] = Line(
                text: old.indentation + Self.line(name, value) + old.setting!.trailing, ending: old.ending)
            text = Self.joined(lines)
        } else {
            append(Self.line(name, value))
        }
    }

    /// Adds a line at the end, whatever it holds.
    public mutating func append(_ line: String) {
        if !text.isEmpty && !text.hasSuffix("\n") { text += "\n" }
        text += line + "\n"
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
        text = Self.joined(kept)
        return removed
    }

    /// Takes out every line whose name `matches`; names arrive in lower case.
    public mutating func remove(where matches: (String) -> Bool) {
        text = Self.joined(lines.filter { line in line.setting.map { !matches($0.name.lowercased()) } ?? true })
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

    private var lines: [Line] { Self.split(text).map { Line(text: $0, ending: $1) } }

    private static func joined(_ lines: [Line]) -> String {
        lines.map { $0.text + $0.ending }.joined()
    }

    /// Lines with the ending each had, so that nothing is lost in joining them.
    private static func split(_ text: String) -> [(String, String)] {
        var result: [(String, String)] = []
        var current = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                result.append((String(current), "\n"))
                current = String.UnicodeScalarView()
            } else {
                current.append(scalar)
            }
        }
        if !current.isEmpty { result.append((String(current), "")) }
        return result
    }
}

/// One line of a settings file.
private struct Line {
    let text: String
    let ending: String
    let setting: SettingLine?

    init(text: String, ending: String) {
        self.text = text
        self.ending = ending
        setting = SettingLine(text)
    }

    var indentation: String { String(text.prefix { $0 == " " || $0 == "\t" }) }

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
            $0 == "_" || $0 == "." || $0 == "$" || $0 == "-" || $0.properties.isAlphabetic
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
