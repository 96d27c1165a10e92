import Spec

/// The text of a stanza's configuration file.
public enum StanzaConfiguration {
    /// The file's text, with secrets: to be written with mode 0600.
    ///
    /// Nothing is looked at but the input, and the files and variables in which it keeps its secrets.
    /// - Throws: ``PgBackRestError`` for what pgBackRest could not read, or would read as something else.
    public static func text(_ input: StanzaConfigurationInput) throws -> String {
        try file(input) { secret, what in try secret.resolve(describedAs: what) }.text
    }

    /// The file's text as people may see it: secrets are `********`, and where they are kept is not looked at.
    public static func maskedText(_ input: StanzaConfigurationInput) throws -> String {
        try file(input) { _, _ in ConfigurationFile.mask }.maskedText
    }

    /// Whether the text is fit to be the name of a stanza.
    ///
    /// pgBackRest 2.45 takes anything, `../up` and blanks included, and writes wherever that leads.
    public static func isStanzaName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 63, name != "global" else { return false }
        return isLetterOrDigit(first)
            && name.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    typealias SecretResolver = (_ secret: Secret, _ what: String) throws -> String

    static func file(_ input: StanzaConfigurationInput, resolve: SecretResolver) throws -> ConfigurationFile {
        guard isStanzaName(input.stanza) else {
            throw PgBackRestError(
                reason: .configuration(option: "stanza"), message: "\"\(input.stanza)\" cannot be the name of a stanza",
                hint: "1 to 63 of a-z, A-Z, 0-9, - and _, and not global")
        }
        var global = ConfigurationSection(name: "global")
        for (name, value) in Tuning.options(input) { try global.set(name, value) }
        for (index, repository) in input.repositories.enumerated() {
            try RepositoryOptions.add(repository, key: index + 1, input: input, to: &global, resolve: resolve)
        }
        for (name, value) in input.options.sorted(by: { $0.key < $1.key }) { try global.set(name, value) }

        var stanza = ConfigurationSection(name: input.stanza)
        try stanza.setPath("pg1-path", input.pgdata)
        if let port = input.port { try stanza.set("pg1-port", String(port)) }
        if let socketDir = input.socketDir { try stanza.setPath("pg1-socket-path", socketDir) }
        if let superuser = input.superuser { try stanza.set("pg1-user", superuser) }
        return ConfigurationFile(sections: [global, stanza])
    }
}
