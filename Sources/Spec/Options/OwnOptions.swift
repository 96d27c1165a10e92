/// pgBackRest options that pgstanza sets itself. A spec or request that names one is refused, with the reason.
public enum OwnOptions {
    /// Why the option cannot be given, as the end of a sentence; nil when it is free.
    ///
    /// Takes the name with or without leading dashes, and with pgBackRest's `no-` and `reset-` in front.
    public static func reason(for option: String) -> String? {
        let name = plainName(option)
        if let reason = exact[name] { return reason }
        return prefixes.first { name.hasPrefix($0.prefix) }?.reason
    }

    /// The option that `no-NAME`, `reset-NAME` or `--NAME` is about.
    static func plainName(_ option: String) -> String {
        var name = Substring(option)
        while name.hasPrefix("-") { name = name.dropFirst() }
        for negation in ["no-", "reset-"] where name.hasPrefix(negation) { name = name.dropFirst(negation.count) }
        return String(name)
    }

    private static let exact: [String: String] = [
        "cmd": "the server runs it as a part of restore_command",
        "lock-path": "each node has its own lock directory, so that two nodes of one host do not block each other",
        "log-path": "each node has its own log directory",
        "spool-path": "each node has its own spool directory",
        "exec-id": "pgBackRest gives it to its own processes",
        "stanza": "it is set with orchestrator_opts.local.pgbackrest.stanza",
        "recovery-option": "pgstanza writes the recovery settings, and takes them out again after the restore",
        "archive-mode": "a restored node must not archive before its identity is known",
        "delta": "an in-place restore always uses it, and nothing else may",
    ]

    private static let prefixes: [(prefix: String, reason: String)] = [
        ("config", "pgstanza writes one configuration file per node and names it itself"),
        ("pg", "where the server is and how to reach it comes from the node"),
    ]
}
