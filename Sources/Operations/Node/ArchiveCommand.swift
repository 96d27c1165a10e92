import Failures

/// The `archive_command` that hands a node's WAL to its repositories.
public enum ArchiveCommand {
    /// What stands in for an archive command while nothing is archived: it succeeds, so that `pg_wal` does not grow.
    public static let discarding = "/bin/true"

    /// `'PGBACKREST' '--config=FILE' '--stanza=STANZA' archive-push "%p"`, each part quoted for the shell that
    /// Postgres hands it to.
    ///
    /// Throws `unquotable-path` (65) for a part that holds a quote, a per cent sign or a control character: Postgres
    /// would expand the per cent sign, and pgBackRest looks at the command's text too.
    public static func text(program: String, configPath: String, stanza: String) throws -> String {
        let parts = try [program, "--config=\(configPath)", "--stanza=\(stanza)"].map(quoted)
        return parts.joined(separator: " ") + " archive-push \"%p\""
    }

    /// Whether `command` is one of pgstanza's own for this configuration file.
    public static func isOwn(_ command: String, configPath: String) -> Bool {
        command.contains("'--config=\(configPath)'") && command.contains(" archive-push ")
    }

    private static func quoted(_ part: String) throws -> String {
        let unfit = part.unicodeScalars.first { scalar in
            scalar == "'" || scalar == "\"" || scalar == "%" || scalar.value < 0x20 || scalar.value == 0x7F
        }
        if let unfit {
            let name = unfit.value < 0x20 || unfit.value == 0x7F ? "a control character" : "the character \(unfit)"
            throw OperationError(
                .invalidInput, code: "unquotable-path",
                "\(part.debugDescription) holds \(name), which cannot stand in archive_command",
                hint: "use a path of letters, digits, and / . _ - only")
        }
        return "'\(part)'"
    }
}
