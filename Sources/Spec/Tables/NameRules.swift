/// Rules for names and identifiers.
extension TextRule {
    /// The control plane's identifiers: they become parts of paths and names.
    static func identifier(_ what: String) -> TextRule {
        TextRule(
            what: what, hint: "1 to 36 of a-z, 0-9 and -, starting and ending with a letter or digit",
            pattern: "^[a-z0-9]([a-z0-9-]{0,34}[a-z0-9])?$",
            isValid: { text in
                let isMiddle: (Unicode.Scalar) -> Bool = {
                    Characters.isLower($0) || Characters.isDigit($0) || $0 == "-"
                }
                return text.unicodeScalars.count <= 36 && text.isMade(first: isMiddle, rest: isMiddle)
                    && text.first != "-" && text.last != "-"
            })
    }

    static let nodeName = TextRule(
        what: "a node name", hint: "node names are n1, n2 and so on", pattern: "^n[0-9]+$", length: 2...20,
        isValid: { $0.hasPrefix("n") && String($0.dropFirst()).isDecimal })

    static let hostID = TextRule(
        what: "a host id", hint: "1 to 63 of a-z, A-Z, 0-9, '.', '_' and '-', starting with a letter or digit",
        pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$", length: 1...63, isValid: isPlainName)

    static let scheduleID = TextRule(
        what: "a schedule id", hint: "1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-', starting with a letter or digit",
        pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$", length: 1...64, isValid: isPlainName)

    /// pgBackRest itself takes any text, `../x` included, and makes directories of it.
    static let stanza = TextRule(
        what: "a stanza name", hint: "1 to 63 of a-z, A-Z, 0-9, '_' and '-', starting with a letter or digit",
        pattern: "^(?!global$)[A-Za-z0-9][A-Za-z0-9_-]*$", length: 1...63,
        complaint: { text in
            text == "global"
                ? Complaint("a stanza cannot be called global", hint: "that is pgBackRest's own section") : nil
        },
        isValid: { isPlainName($0) && !$0.contains(".") })

    /// Postgres cuts names after 63 bytes; the control plane allows 31 characters.
    static func databaseName(_ what: String) -> TextRule {
        TextRule(
            what: what, hint: "1 to 31 characters, at most 63 bytes in UTF-8", pattern: noControls, length: 1...31,
            complaint: { text in
                OptionText.controlCharacter(in: text).map {
                    Complaint("\(Wording.quoted(text)) holds \($0)", hint: "take it out")
                }
            },
            isValid: { $0.utf8.count <= 63 })
    }

    /// A role. Postgres keeps some names to itself.
    static func roleName(_ what: String) -> TextRule {
        TextRule(
            what: what, hint: "1 to 63 bytes without control characters", pattern: noControls, length: 1...63,
            complaint: { text in
                OptionText.controlCharacter(in: text).map {
                    Complaint("\(Wording.quoted(text)) holds \($0)", hint: "take it out")
                }
            },
            isValid: { $0.utf8.count <= 63 })
    }

    static let newRoleName = TextRule(
        what: "a user name", hint: "1 to 63 bytes without control characters",
        pattern: "^(?!pg_)(?!(public|none|pgstanza)$)[^\\u0000-\\u001f\\u007f]+$", length: 1...63,
        complaint: { text in
            if let found = OptionText.controlCharacter(in: text) {
                return Complaint("\(Wording.quoted(text)) holds \(found)", hint: "take it out")
            }
            if text.hasPrefix("pg_") || text == "public" || text == "none" {
                return Complaint(
                    "user name \(Wording.quoted(text)) is not accepted: Postgres keeps it to itself",
                    hint: "choose a name that does not start with pg_")
            }
            if text == "pgstanza" {
                return Complaint(
                    "user name \"pgstanza\" is not accepted: pgstanza makes that role for replication",
                    hint: "choose another name")
            }
            return nil
        },
        isValid: { $0.utf8.count <= 63 })

    /// A server setting, with the prefix of its extension when it has one.
    static let settingName = TextRule(
        what: "the name of a setting", hint: "letters, digits and _, with a dot after the prefix of an extension",
        pattern: "^[A-Za-z_][A-Za-z0-9_$]*(\\.[A-Za-z_][A-Za-z0-9_$]*)*$", length: 1...127,
        complaint: SettingNames.complaint,
        isValid: { text in
            text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                String(part).isMade(
                    first: { Characters.isLetter($0) || $0 == "_" },
                    rest: { Characters.isAlphanumeric($0) || $0 == "_" || $0 == "$" })
            }
        })

    static let environmentName = TextRule(
        what: "the name of an environment variable", hint: "letters, digits and _, not starting with a digit",
        pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
        isValid: {
            $0.isMade(
                first: { Characters.isLetter($0) || $0 == "_" }, rest: { Characters.isAlphanumeric($0) || $0 == "_" })
        })

    static let unitName = TextRule(
        what: "the name of a systemd unit", hint: "as in postgresql@15-main.service",
        pattern: "^[A-Za-z0-9][A-Za-z0-9:_.@\\\\-]*$", length: 1...255,
        isValid: {
            $0.isMade(first: Characters.isAlphanumeric) {
                Characters.isAlphanumeric($0) || ":_.@\\-".unicodeScalars.contains($0)
            }
        })

    /// As ``OptionText`` has it, as far as a pattern can say.
    static let noControls = "^[^\\u0000-\\u001f\\u007f]+$"

    private static func isPlainName(_ text: String) -> Bool {
        text.isMade(first: Characters.isAlphanumeric) {
            Characters.isAlphanumeric($0) || "._-".unicodeScalars.contains($0)
        }
    }
}
