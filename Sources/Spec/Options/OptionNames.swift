/// Where an option of pgBackRest is given; not every option may stand everywhere.
enum OptionPlace: Sendable {
    /// `custom_options` of a repository, with or without a `repoN-` prefix.
    case repository
    /// `orchestrator_opts.local.pgbackrest.options`, for the `[global]` section.
    case global
    /// `backup_options` and `backup --option`.
    case backup
    /// `restore_options` and `restore --option`.
    case restore
}

/// Names of pgBackRest options.
enum OptionNames {
    /// What keeps an option from being given at a place; nil when it may be.
    static func complaint(_ name: String, at place: OptionPlace) -> Complaint? {
        let quoted = Wording.quoted(name)
        if let reason = OwnOptions.reason(for: place == .repository ? withoutRepository(name) : name) {
            return Complaint("option \(quoted) is pgstanza's own", hint: reason)
        }
        guard isWellFormed(name) else {
            let plain = OwnOptions.plainName(name)
            return Complaint(
                "\(quoted) is not the name of an option",
                hint: isWellFormed(plain)
                    ? "write it without dashes in front: \(Wording.quoted(plain))"
                    : "letters a-z, digits and -, starting with a letter")
        }
        if name.hasPrefix("no-") || name.hasPrefix("reset-") {
            let plain = OwnOptions.plainName(name)
            return Complaint(
                "\(quoted) is not the name of an option", hint: "write \(Wording.quoted(plain)) with the value \"n\"")
        }
        switch place {
        case .repository: return complaintInRepository(name)
        case .global: return complaintInGlobal(name)
        case .backup: return complaintOnBackup(name)
        case .restore: return secretComplaint(name) ?? fixedComplaint(name)
        }
    }

    /// `^[a-z][a-z0-9-]*$`, as all of pgBackRest's are.
    static func isWellFormed(_ name: String) -> Bool {
        name.isMade(first: Characters.isLower) {
            Characters.isLower($0) || Characters.isDigit($0) || $0 == "-"
        } && !name.hasSuffix("-")
    }

    /// The option without its `repoN-` in front, as `custom_options` may carry it.
    static func withoutRepository(_ name: String) -> String {
        guard name.hasPrefix("repo") else { return name }
        let rest = name.dropFirst("repo".count)
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, rest.dropFirst(digits.count).hasPrefix("-") else { return name }
        return String(rest.dropFirst(digits.count + 1))
    }

    private static func complaintInRepository(_ name: String) -> Complaint? {
        let plain = withoutRepository(name)
        if plain.hasPrefix("repo-") {
            return Complaint(
                "\(Wording.quoted(name)) is not the name of an option",
                hint: "write \(Wording.quoted(String(plain.dropFirst("repo-".count))))")
        }
        if plain == "host" || plain.hasPrefix("host-") { return hostComplaint(name) }
        if plain == "type" {
            return Complaint("option \(Wording.quoted(name)) has a key of its own", hint: "use the repository's type")
        }
        return nil
    }

    private static func complaintInGlobal(_ name: String) -> Complaint? {
        if let complaint = fixedComplaint(name) { return complaint }
        guard commandOnly.contains(name) else { return nil }
        return Complaint(
            "option \(Wording.quoted(name)) belongs to one command and not into [global]",
            hint: "give it with the backup or restore")
    }

    private static func complaintOnBackup(_ name: String) -> Complaint? {
        if name == "type" {
            return Complaint("option \"type\" has a key of its own", hint: "use the key type of the request, or --type")
        }
        if name == "annotation" {
            return Complaint(
                "option \"annotation\" has a key of its own", hint: "use the key annotations, or --annotation k=v")
        }
        return secretComplaint(name) ?? fixedComplaint(name)
    }

    /// What the repositories of the spec already say.
    private static func fixedComplaint(_ name: String) -> Complaint? {
        let plain = withoutRepository(name)
        guard plain != name else { return nil }
        if plain == "host" || plain.hasPrefix("host-") { return hostComplaint(name) }
        guard plain == "type" || plain == "path" else { return nil }
        return Complaint(
            "option \(Wording.quoted(name)) follows from the repository", hint: "say it in repositories[] instead")
    }

    private static func secretComplaint(_ name: String) -> Complaint? {
        guard SecretOptions.contains(name) else { return nil }
        return Complaint(
            "option \(Wording.quoted(name)) is a secret, which must not stand on a command line",
            hint: "put it into custom_options of the repository")
    }

    private static func hostComplaint(_ name: String) -> Complaint {
        Complaint(
            "option \(Wording.quoted(name)) is not accepted: a repository is reached from the node's own host",
            hint: "use an object store, or mount the other host's directory")
    }

    private static let commandOnly: Set<String> = ["type", "set", "target", "annotation", "repo"]
}

/// pgBackRest options whose values must not be shown.
public enum SecretOptions {
    private static let names: Set<String> = [
        "cipher-pass", "s3-key", "s3-key-secret", "s3-token", "gcs-key", "azure-key", "sftp-private-key-passphrase",
    ]

    /// Those whose value may be kept in a file or environment variable that pgstanza reads. pgBackRest's `gcs-key` is
    /// the path of a file already.
    static let keptElsewhere: SecretKeys = {
        let names = SecretOptions.names.subtracting(["gcs-key"])
        return SecretKeys(
            contains: { names.contains(OptionNames.withoutRepository($0)) },
            pattern: "^(repo[0-9]+-)?(" + names.sorted().joined(separator: "|") + ")$")
    }()

    /// Whether the option, with or without a `repoN-` in front, holds a secret.
    public static func contains(_ option: String) -> Bool {
        names.contains(OptionNames.withoutRepository(option))
    }
}
