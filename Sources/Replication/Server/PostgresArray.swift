/// One-dimensional arrays of text in Postgres's text form: `{a,"b c",NULL}`.
enum PostgresArray {
    /// The elements; NULL elements are left out, and a text that is no array gives none.
    static func parse(_ text: String?) -> [String] {
        guard let text, text.hasPrefix("{"), text.hasSuffix("}") else { return [] }
        var elements: [String] = []
        var rest = text.dropFirst().dropLast()
        while !rest.isEmpty {
            var value = ""
            let isQuoted = rest.first == "\""
            if isQuoted { rest = rest.dropFirst() }
            while let character = rest.first, character != (isQuoted ? "\"" : ",") {
                rest = rest.dropFirst()
                if character == "\\", let escaped = rest.first {
                    value.append(escaped)
                    rest = rest.dropFirst()
                } else {
                    value.append(character)
                }
            }
            if isQuoted { rest = rest.dropFirst() }
            if isQuoted || value != "NULL" { elements.append(value) }
            if rest.first == "," { rest = rest.dropFirst() }
        }
        return elements
    }

    /// The text form, every element quoted.
    static func text(_ elements: [String]) -> String {
        let quoted = elements.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
        return "{" + quoted.joined(separator: ",") + "}"
    }
}
