/// What a restore is told, as values.
public struct RestoreArguments: Sendable, Hashable {
    /// Number of the repository; nil means the first that has a fitting backup.
    public var repo: Int?
    /// Label of the backup set; nil leaves the choice to pgBackRest.
    public var set: String?
    /// `default`, `immediate`, `time`, `lsn`, `xid`, `name`, `standby` or `preserve`.
    public var type: String
    /// Where recovery stops; of `time` in Postgres's form with a zone.
    public var target: String?
    public var targetExclusive: Bool
    /// A timeline's number, `current` or `latest`.
    public var targetTimeline: String?
    /// Keep what is equal, remove what does not belong. Overwrites whatever cluster is there without a question.
    public var delta: Bool
    /// Write `archive_mode=off` into the restored files, so that they archive nothing to anybody's stanza.
    public var archiveModeOff: Bool
    /// Settings that the restored files get, in order: libraries and ports of the quarantine.
    public var recoveryOptions: [RecoveryOption]
    /// New places of tablespaces by name.
    public var tablespaceMap: [String: String]
    /// New destinations of links by their place in the data directory.
    public var linkMap: [String: String]
    /// Further options by name; `y` and `n` for those that are on or off.
    public var options: [String: String]

    /// One server setting.
    public struct RecoveryOption: Sendable, Hashable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        repo: Int? = nil, set: String? = nil, type: String = "default", target: String? = nil,
        targetExclusive: Bool = false, targetTimeline: String? = nil, delta: Bool = false,
        archiveModeOff: Bool = false, recoveryOptions: [RecoveryOption] = [], tablespaceMap: [String: String] = [:],
        linkMap: [String: String] = [:], options: [String: String] = [:]
    ) {
        self.repo = repo
        self.set = set
        self.type = type
        self.target = target
        self.targetExclusive = targetExclusive
        self.targetTimeline = targetTimeline
        self.delta = delta
        self.archiveModeOff = archiveModeOff
        self.recoveryOptions = recoveryOptions
        self.tablespaceMap = tablespaceMap
        self.linkMap = linkMap
        self.options = options
    }

    /// Types that stop at a target; only they take an action, whose default would leave the server paused.
    private static let targetTypes: Set<String> = ["immediate", "time", "lsn", "xid", "name"]

    /// The argument list, always with `--target-action=promote` where the type stops somewhere.
    /// - Throws: ``PgBackRestError`` for a value that cannot stand in an argument or in the server's settings.
    public func arguments() throws -> [String] {
        var arguments: [String] = []
        func add(_ name: String, _ value: String) throws {
            try OptionChecks.check(name, value)
            arguments.append("--\(name)=\(value)")
        }
        if delta { arguments.append("--delta") }
        if let repo { arguments.append("--repo=\(repo)") }
        if let set { try add("set", set) }
        try add("type", type)
        if let target { try add("target", Self.escaped(target)) }
        if targetExclusive { arguments.append("--target-exclusive") }
        if let targetTimeline { try add("target-timeline", targetTimeline) }
        if Self.targetTypes.contains(type) { arguments.append("--target-action=promote") }
        if archiveModeOff { arguments.append("--archive-mode=off") }
        for option in recoveryOptions {
            // An empty value is meant: shared_preload_libraries= loads nothing.
            if !option.value.isEmpty { try OptionChecks.check("recovery-option", option.value) }
            try OptionChecks.check("recovery-option", option.name)
            arguments.append("--recovery-option=\(option.name)=\(Self.escaped(option.value))")
        }
        for (name, path) in tablespaceMap.sorted(by: { $0.key < $1.key }) {
            try add("tablespace-map", "\(name)=\(path)")
        }
        for (link, path) in linkMap.sorted(by: { $0.key < $1.key }) { try add("link-map", "\(link)=\(path)") }
        return arguments + (try OptionChecks.arguments(options))
    }

    /// pgBackRest writes these between quotes into postgresql.auto.conf as they are (seen with 2.45): a quote in the
    /// name of a restore point would end the value there, and what follows would be settings.
    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { $0 += $1 == "'" ? "''" : $1 == "\\" ? "\\\\" : String($1) }
    }
}
