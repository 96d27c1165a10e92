/// libpq's `keyword=value` connection strings, as `primary_conninfo` and subscriptions hold them.
public enum ConnectionString {
    /// The pairs in the order given, values quoted where libpq needs it. A password has no place here.
    public static func text(_ pairs: [(String, String)]) -> String {
        pairs.map { "\($0)=\(quoted($1))" }.joined(separator: " ")
    }

    static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && !value.contains { $0.isWhitespace || $0 == "'" || $0 == "\\" || $0 == "=" }
        if isPlain { return value }
        return "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    /// The pairs of a connection string; nil when it cannot be read. A later pair of one name wins, as in libpq.
    public static func parse(_ text: String) -> [String: String]? {
        var pairs: [String: String] = [:]
        var rest = text[...]
        while true {
            rest = rest.drop(while: \.isWhitespace)
            if rest.isEmpty { return pairs }
            let key = rest.prefix { $0 != "=" && !$0.isWhitespace }
            rest = rest[key.endIndex...].drop(while: \.isWhitespace)
            guard !key.isEmpty, rest.first == "=" else { return nil }
            rest = rest.dropFirst().drop(while: \.isWhitespace)
            let isQuoted = rest.first == "'"
            if isQuoted { rest = rest.dropFirst() }
            var value = ""
            var isClosed = !isQuoted
            while let character = rest.first {
                if isQuoted ? character == "'" : character.isWhitespace {
                    isClosed = true
                    break
                }
                rest = rest.dropFirst()
                if character == "\\", let escaped = rest.first {
                    value.append(escaped)
                    rest = rest.dropFirst()
                } else {
                    value.append(character)
                }
            }
            guard isClosed else { return nil }
            if isQuoted { rest = rest.dropFirst() }
            pairs[String(key)] = value
        }
    }
}
