extension JSONTree {
    /// The value as JSON text, the same for equal members in whatever order they were put in.
    ///
    /// Keys are sorted. A `Double` that is not finite, which JSON cannot say, is written as null. Control
    /// characters, those of the C1 range included, are escaped: the text may go to a terminal.
    ///
    /// - Parameter pretty: one member or element a line, indented by two spaces, with a newline at the
    ///   end; else everything on one line, without blanks and without a newline.
    public func text(pretty: Bool) -> String {
        var text = ""
        write(to: &text, indent: pretty ? 0 : nil)
        if pretty { text += "\n" }
        return text
    }

    private func write(to text: inout String, indent: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .unsigned(let value): text += String(value)
        case .number(let value): text += value.isFinite ? value.description : "null"
        case .string(let value): Self.write(string: value, to: &text)
        case .array(let elements):
            Self.write("[", elements, "]", to: &text, indent: indent) { element, text, inner in
                element.write(to: &text, indent: inner)
            }
        case .object(let members):
            Self.write("{", members.sorted { $0.key < $1.key }, "}", to: &text, indent: indent) {
                member, text, inner in
                Self.write(string: member.key, to: &text)
                text += inner == nil ? ":" : ": "
                member.value.write(to: &text, indent: inner)
            }
        }
    }

    /// Writes a list of things between brackets; an empty one as the bare brackets.
    private static func write<Item>(
        _ open: String, _ items: [Item], _ close: String, to text: inout String, indent: Int?,
        item writeItem: (Item, inout String, Int?) -> Void
    ) {
        text += open
        let inner = indent.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            newLine(&text, inner)
            writeItem(item, &text, inner)
        }
        if !items.isEmpty { newLine(&text, indent) }
        text += close
    }

    private static func newLine(_ text: inout String, _ indent: Int?) {
        guard let indent else { return }
        text += "\n" + String(repeating: " ", count: indent)
    }

    private static func write(string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{00}"..<"\u{20}", "\u{7F}"..<"\u{A0}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
