import Failures

/// An option that the installed pgBackRest does not know.
public struct UnknownOption: Sendable, Hashable {
    /// Where it stands, as in `backup_config.repositories[0].custom_options.s3-kms-key`.
    public let path: String
    public let message: String
    public let hint: String?
}

/// Options that the installed pgBackRest does not know; it would pass over them in a configuration file with no more
/// than a warning.
public struct UnknownOptions: Failure, Hashable {
    /// At least one.
    public let options: [UnknownOption]

    public init(options: [UnknownOption]) {
        self.options = options
    }

    public var kind: FailureKind { .invalidInput }
    public var code: String { "unknown-option" }
    public var message: String {
        guard let first = options.first else { return "an option is not known" }
        return options.count == 1
            ? "\(first.path): \(first.message)" : "\(options.count) options are not known to this pgBackRest"
    }
    public var hint: String? { options.count == 1 ? options[0].hint : nil }
    public var details: [String] {
        options.count == 1 ? [] : options.map { "\($0.path): \($0.message)" + ($0.hint.map { " (\($0))" } ?? "") }
    }
}

/// Holds the options of specs and requests against those that the installed pgBackRest knows.
///
/// `known` has the names by command, as `pgbackrest help COMMAND` prints them without dashes: `process-max`,
/// `repo-s3-bucket`. A command that is not among its keys is not checked.
public enum OptionCheck {
    public static func problems(in spec: DatabaseSpec, known: [String: Set<String>]) -> [UnknownOption] {
        let parts =
            [("", spec.backupConfig, spec.restoreConfig, spec.local)]
            + spec.nodes.enumerated().map { ("nodes[\($0)].", $1.backupConfig, $1.restoreConfig, $1.local) }
        return parts.flatMap { prefix, backup, restore, local in
            (backup?.repositories ?? []).enumerated().flatMap { index, repository in
                check(repository, at: "\(prefix)backup_config.repositories[\(index)]", known: known)
            } + check(restore, at: prefix + "restore_config", known: known)
                + check(
                    local.pgbackrest.options.keys, at: prefix + "orchestrator_opts.local.pgbackrest.options",
                    among: all(known))
        }
    }

    public static func problems(in request: RestoreRequest, known: [String: Set<String>]) -> [UnknownOption] {
        check(request.restoreConfig, at: "restore_config", known: known)
    }

    public static func problems(in request: BackupRequest, known: [String: Set<String>]) -> [UnknownOption] {
        known["backup"].map { check(request.backupOptions.keys, at: "backup_options", among: $0) } ?? []
    }

    private static func check(
        _ config: RestoreConfig?, at path: String, known: [String: Set<String>]
    ) -> [UnknownOption] {
        guard let config else { return [] }
        let ofRepository = config.repository.map { check($0, at: path + ".repository", known: known) } ?? []
        let names = known["restore"] ?? []
        return ofRepository
            + (names.isEmpty ? [] : check(config.restoreOptions.keys, at: path + ".restore_options", among: names))
    }

    /// Options of a repository are known to one command or another; a configuration file may hold all of them.
    private static func check(
        _ repository: Repository, at path: String, known: [String: Set<String>]
    ) -> [UnknownOption] {
        let names = Set(all(known).compactMap { $0.hasPrefix("repo-") ? String($0.dropFirst("repo-".count)) : nil })
        let options = Array(repository.customOptions.keys) + repository.customSecrets.keys
        guard !names.isEmpty else { return [] }
        return options.sorted().compactMap { option in
            unknown(option, plain: OptionNames.withoutRepository(option), at: path + ".custom_options", among: names)
        }
    }

    private static func check(
        _ options: some Collection<String>, at path: String, among names: Set<String>
    ) -> [UnknownOption] {
        guard !names.isEmpty else { return [] }
        return options.sorted().compactMap { option in
            let plain = OptionNames.withoutRepository(option)
            return unknown(option, plain: plain == option ? plain : "repo-" + plain, at: path, among: names)
        }
    }

    private static func unknown(
        _ option: String, plain: String, at path: String, among names: Set<String>
    ) -> UnknownOption? {
        if names.contains(plain) { return nil }
        let nearest = NearestWord.find(plain, among: names.sorted())
        return UnknownOption(
            path: DocumentPath.member(option, of: path),
            message: "the installed pgBackRest knows no option \(Wording.quoted(plain))",
            hint: nearest.map { "did you mean \(Wording.quoted($0))?" })
    }

    private static func all(_ known: [String: Set<String>]) -> Set<String> {
        known.values.reduce(into: []) { $0.formUnion($1) }
    }
}
