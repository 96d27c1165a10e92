/// The keys of `restore_config`.
enum RestoreTable {
    static let config = KeyTable(
        name: "restore_config", about: "Where the data of a restore comes from, and up to where.",
        keys: [
            Key("source_database_id", .text(.identifier("a database id")), "the id of the database that was backed up"),
            Key("source_node_name", .text(.nodeName), "the node that was backed up"),
            Key(
                "source_database_name", .text(.databaseName("a database name")),
                "the name of the Postgres database in the backup"),
            Key("repository", .object(RepositoryTable.repository), "the repository that holds the backup"),
            Key(
                "restore_options",
                .map(MapRule(keys: .optionName(at: .restore), values: .pgBackRestValue)),
                "type, target, set, and other options of pgbackrest restore"),
        ])
}

/// The keys of requests.
enum RequestTable {
    /// `{"target_nodes": […], "restore_config": {…}}`.
    static let restore = KeyTable(
        name: "restore_request", about: "An in-place restore.",
        keys: [
            Key(
                "target_nodes",
                .list(ListRule(noun: "target nodes", element: .text(.nodeName), count: 0...9, isDistinct: true)),
                "the nodes to restore; all of them when it is not said"),
            Key("restore_config", .object(RestoreTable.config), "where the data comes from, and up to where"),
        ])

    /// `{"type": "full", "annotations": {…}, "backup_options": {…}}`.
    static let backup = KeyTable(
        name: "backup_request", about: "A backup.",
        keys: [
            Key("type", .choice(.backupType), needed: true, "the type of the backup"),
            Key(
                "annotations", .map(MapRule(keys: .annotationKey, values: .pgBackRestValue)),
                "words of one's own that are kept with the backup"),
            Key(
                "backup_options", .map(MapRule(keys: .optionName(at: .backup), values: .pgBackRestValue)),
                "other options of pgbackrest backup"),
        ])
}
