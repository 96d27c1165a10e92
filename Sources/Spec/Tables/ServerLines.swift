/// Lines of pg_hba.conf and pg_ident.conf: a line that the server cannot read keeps it from starting.
extension TextRule {
    static let hbaLine = TextRule(
        what: "a line of pg_hba.conf",
        hint: "as in \"host all all 10.0.0.0/8 scram-sha-256\": type, database, user, address (not for local), method",
        pattern: "^[^\\r\\n\\u0000]*$", complaint: oneLine,
        isValid: { line in
            let words = words(line)
            guard let type = words.first else { return true }
            switch type {
            case "local": return words.count >= 4
            case "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc": return words.count >= 5
            // Since PostgreSQL 16.
            case "include", "include_if_exists", "include_dir": return words.count == 2
            default: return false
            }
        })

    static let identLine = TextRule(
        what: "a line of pg_ident.conf", hint: "as in \"ssl_users alice app_user\": map, system user, database user",
        pattern: "^[^\\r\\n\\u0000]*$", complaint: oneLine,
        isValid: { line in
            let words = words(line)
            guard let first = words.first else { return true }
            return words.count == 3 || (words.count == 2 && first.hasPrefix("include"))
        })

    private static func oneLine(_ line: String) -> Complaint? {
        let controls = line.unicodeScalars.filter { OptionText.isControl($0) && $0 != "\t" }
        guard let found = OptionText.controlCharacter(in: String(String.UnicodeScalarView(controls))) else {
            return nil
        }
        return Complaint("\(Wording.quoted(line)) holds \(found)", hint: "one line per element")
    }

    /// The words of a line as Postgres splits it: quotes hold blanks, `#` starts a comment.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
                word = word ?? ""
            } else if isQuoted {
                word?.append(character)
            } else if character == "#" {
                break
            } else if character == " " || character == "\t" {
                if let finished = word, !finished.hasSuffix(",") {
                    words.append(finished)
                    word = nil
                }
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }
}
