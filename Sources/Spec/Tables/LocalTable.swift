/// The keys of `orchestrator_opts`.
enum LocalTable {
    static let orchestrator = KeyTable(
        name: "orchestrator_opts", about: "What the machine that runs the database must know.",
        keys: [
            Key("local", .object(local), "what pgstanza must know about the host"),
            Key("swarm", .notUsed, "what the control plane must know about Docker Swarm"),
        ])

    static let local = KeyTable(
        name: "local", about: "What only a tool on the host itself must know.",
        keys: [
            Key("pgdata", .text(dataDirectory), "the data directory of the primary"),
            Key(
                "instances", .map(MapRule(keys: .hostID, values: .object(instance))),
                "data directory and port by host id, for replicas"),
            Key("bin_dir", .text(.absolutePath("a directory")), "the directory of the Postgres programs"),
            // A socket's whole path must fit the 108 bytes of sun_path, with /.s.PGSQL.65535 behind the directory's.
            Key(
                "socket_dir", .text(.absolutePath("a directory", longest: 100)),
                "the directory of the socket, at most 100 bytes"),
            Key("address", .text(.address), "where peers reach the node"),
            Key("superuser", .text(.roleName("a role name")), "the role that pgstanza and pgBackRest connect as"),
            Key("service", .either(.choice(serviceKinds), service), "who starts and stops the server"),
            Key("unit", .text(.unitName), "the unit, where service is just \"systemd\""),
            Key("replication", .either(.choice(providers), replication), "how rows get from node to node"),
            Key("pgbackrest", .object(pgbackrest), "the pgbackrest program and its [global] options"),
            Key("hooks", .object(hooks), "programs to run before and after backups and restores"),
        ])

    static let instance = KeyTable(
        name: "instance", about: "The instance on one host.",
        keys: [
            Key("pgdata", .text(dataDirectory), "its data directory"),
            Key("port", .integer(.port), "its TCP port; 0 takes a free one and keeps it"),
        ])

    static let serviceKinds = ChoiceRule(noun: "service", values: ["pg_ctl", "systemd", "pg_ctlcluster"])

    static let service = KeyTable(
        name: "service", about: "Who starts and stops the server.",
        keys: [
            Key("type", .choice(serviceKinds), needed: true, "pg_ctl, systemd or pg_ctlcluster"),
            Key("unit", .text(.unitName), "the name of the systemd unit"),
        ])

    static let providers = ChoiceRule(
        noun: "replication provider", values: ReplicationOptions.Provider.allCases.map(\.rawValue))

    static let replication = KeyTable(
        name: "replication", about: "How rows get from node to node.",
        keys: [
            Key("provider", .choice(providers), needed: true, "spock, pglogical, native or none"),
            Key(
                "holding_slots", .boolean,
                "whether each backup leaves a slot on every peer, for restores that lose nothing"),
        ])

    static let pgbackrest = KeyTable(
        name: "pgbackrest", about: "The pgbackrest program and its [global] options.",
        keys: [
            Key("bin", .text(.program), "the program, by name or absolute path"),
            Key("stanza", .text(.stanza), "the name of the stanza; db when it is not said"),
            Key(
                "options", .map(MapRule(keys: .optionName(at: .global), values: .pgBackRestValue)),
                "options for the [global] section"),
        ])

    /// The events that hooks are run at.
    static let hookNames = ["before_backup", "after_backup", "before_restore", "after_restore", "on_failure"]

    static let hooks = KeyTable(
        name: "hooks", about: "Programs to run, each as a list of its absolute path and arguments.",
        keys: hookNames.map { Key($0, .list(hook), "the program that is run at \($0)") })

    private static let hook = ListRule(
        noun: "words of a command", element: .text(.argument), count: 1 ... .max,
        example: "the absolute path of a program, and its arguments: [\"/usr/local/bin/notify\", \"done\"]")
    private static let dataDirectory = TextRule.absolutePath("a data directory")
}
