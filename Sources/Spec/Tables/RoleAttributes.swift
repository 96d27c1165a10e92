/// What `CREATE ROLE` takes behind the name. They are written as they are, so only known ones may pass.
public enum RoleAttributes {
    private static let switches = [
        "SUPERUSER", "CREATEDB", "CREATEROLE", "INHERIT", "LOGIN", "REPLICATION", "BYPASSRLS",
    ]

    /// Every word, for hints and the JSON Schema.
    public static let words = switches.flatMap { [$0, "NO" + $0] }

    /// The attribute as SQL, its words upper case; nil when it is none.
    public static func normalized(_ text: String) -> String? {
        let words = text.split(separator: " ").map(String.init)
        let upper = words.map { $0.uppercased() }
        if words.count == 1, Self.words.contains(upper[0]) { return upper[0] }
        if upper.count == 3, upper.starts(with: ["CONNECTION", "LIMIT"]), upper[2] == "-1" || isCount(upper[2]) {
            return upper.joined(separator: " ")
        }
        if upper.count >= 3, upper.starts(with: ["VALID", "UNTIL"]),
            isQuotedTime(words.dropFirst(2).joined(separator: " "))
        {
            return "VALID UNTIL " + words.dropFirst(2).joined(separator: " ")
        }
        return nil
    }

    /// Which attribute it turns on or off: two of one subject contradict or repeat each other, which Postgres refuses.
    public static func subject(_ normalized: String) -> String {
        if normalized.hasPrefix("NO") { return String(normalized.dropFirst(2)) }
        return normalized.split(separator: " ").first.map(String.init) ?? normalized
    }

    private static func isCount(_ text: String) -> Bool { text.isDecimal && Int32(text) != nil }

    private static func isQuotedTime(_ text: String) -> Bool {
        guard text.utf8.count > 2, text.hasPrefix("'"), text.hasSuffix("'") else { return false }
        return text.dropFirst().dropLast().unicodeScalars.allSatisfy {
            Characters.isAlphanumeric($0) || " :+-./,".unicodeScalars.contains($0)
        }
    }
}

extension TextRule {
    static let roleAttribute = TextRule(
        what: "a role attribute", hint: "use " + RoleAttributes.words.joined(separator: ", "),
        pattern: "^ *[A-Za-z]+( +\\S+)* *$",
        complaint: { text in
            guard RoleAttributes.normalized(text) == nil else { return nil }
            let nearest = NearestWord.find(text, among: RoleAttributes.words)
            return Complaint(
                "unknown role attribute \(Wording.quoted(text))",
                hint: nearest.map { "did you mean \($0)?" } ?? "use one of "
                    + RoleAttributes.words.joined(separator: ", "))
        },
        isValid: { _ in true })
}
