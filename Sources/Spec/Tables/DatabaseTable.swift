/// The keys of a database spec and of the body around it.
enum DatabaseTable {
    /// `{"id": …, "spec": {…}}`: what creates or updates a database over HTTP.
    static let body = KeyTable(
        name: "database_body", about: "A database with its id, as the control plane's create and update take it.",
        keys: [
            Key("id", .text(.identifier("a database id")), "the id of the database"),
            Key("tenant_id", .notUsed, "the owner of the database at the control plane"),
            Key("spec", .object(spec), needed: true, "the spec of the database"),
        ])

    static let spec = KeyTable(
        name: "database_spec", about: "A Postgres database: its nodes, users, backups and settings.",
        keys: [
            Key(
                "id", .text(.identifier("a database id")),
                "the id of the database, where it does not stand beside the spec"),
            Key(
                "database_name", .text(.databaseName("a database name")), needed: true,
                "the name of the Postgres database"),
            Key("nodes", .list(nodes), needed: true, "the nodes, each a primary with its read replicas"),
        ] + shared + [
            Key(
                "database_users",
                .list(ListRule(noun: "users", element: .object(user), count: 0...16)),
                "the users that are created with the database"),
            Key("scripts", .object(scripts), "SQL that is run once, when the database is created"),
            Key("spock_version", .notUsed, "the version of Spock that the control plane installs"),
            Key("services", .notUsed, "services that the control plane runs beside the database"),
        ])

    /// What a node may say for itself too.
    static let shared = [
        Key("postgres_version", .text(.postgresVersion), "the version of Postgres, as in \"15.6\""),
        Key("port", .integer(.port), "the TCP port; 0 takes a free one and keeps it"),
        Key("postgresql_conf", .map(serverSettings), "server settings by name"),
        Key(
            "pg_hba_conf", .list(ListRule(noun: "lines", element: .text(.hbaLine), count: 0 ... .max)),
            "lines for pg_hba.conf"),
        Key(
            "pg_ident_conf", .list(ListRule(noun: "lines", element: .text(.identLine), count: 0 ... .max)),
            "lines for pg_ident.conf"),
        Key("backup_config", .object(BackupTable.config), "where backups go, and when they are taken"),
        Key(
            "restore_config", .object(RestoreTable.config), "where the data comes from when it is created from a backup"
        ),
        Key("orchestrator_opts", .object(LocalTable.orchestrator), "what the machine that runs it must know"),
        Key("patroni_port", .notUsed, "the port of Patroni"),
        Key("cpus", .notUsed, "the CPUs that the control plane gives"),
        Key("memory", .notUsed, "the memory that the control plane gives"),
    ]

    private static let nodes = ListRule(noun: "nodes", element: .object(NodeTable.node), count: 1...9)

    private static let serverSettings = MapRule(
        keys: .settingName,
        values: .setting(
            SettingRule(booleans: .onOff) { text in
                OptionText.controlCharacter(in: text).map {
                    Complaint("the value holds \($0)", hint: "a setting is one line")
                }
            }))

    static let user = KeyTable(
        name: "database_user", about: "A user that is created with the database.",
        keys: [
            Key("username", .text(.newRoleName), needed: true, "the name of the user"),
            Key("password", .secret(.password), "the user's password"),
            Key("db_owner", .boolean, "whether the user owns the database; one at most does"),
            Key(
                "attributes", .list(ListRule(noun: "attributes", element: .text(.roleAttribute), count: 0...16)),
                "role attributes, such as LOGIN or SUPERUSER"),
            Key(
                "roles",
                .list(
                    ListRule(noun: "roles", element: .text(.roleName("a role name")), count: 0...16)),
                "the roles that the user becomes a member of"),
        ])

    static let scripts = KeyTable(
        name: "scripts", about: "SQL that is run once, when the database is created.",
        keys: [
            Key("post_init", .list(statements), "run in the database postgres, before the users are made"),
            Key("post_database_create", .list(statements), "run in the new database"),
        ])

    private static let statements = ListRule(noun: "statements", element: .text(.statement), count: 0 ... .max)
}

/// The keys of one node.
enum NodeTable {
    static let node = KeyTable(
        name: "node", about: "One node: a primary on the first host, and a read replica on each other.",
        keys: [
            Key("name", .text(.nodeName), needed: true, "the name of the node: n1, n2 and so on"),
            Key(
                "host_ids",
                .list(ListRule(noun: "host ids", element: .text(.hostID), count: 1 ... .max, isDistinct: true)),
                needed: true, "the hosts that run it; the first has the primary, the others read replicas"),
            Key("source_node", .text(.nodeName), "the node that a new one takes its data from"),
        ] + DatabaseTable.shared)
}

extension IntegerRule {
    static let port = IntegerRule(
        what: "a port", range: 0...65535, hint: "a port is 0 to 65535; 0 takes a free one and keeps it")
}

extension SecretRule {
    static let password = SecretRule { text in
        if text.isEmpty { return Complaint("the password is empty", hint: "leave the key out to set none") }
        return OptionText.controlCharacter(in: text).map {
            Complaint("the password holds \($0)", hint: "a password is one line")
        }
    }
}

/// `{"file": …}` and `{"env": …}`.
enum SecretTable {
    static let reference = KeyTable(
        name: "secret_reference", about: "Where a secret is kept, instead of in the spec.",
        keys: [
            Key("file", .text(.absolutePath("the path of a file")), "the file that holds the secret"),
            Key("env", .text(.environmentName), "the environment variable that holds the secret"),
        ],
        isChoice: true)
}
