/// Reads `restore_config`.
enum RestoreConfigReader {
    static func read(_ item: Item) -> RestoreConfig {
        let options = item["restore_options"]
        let restoreOptions = options?.settings(.yesNo) ?? [:]
        options?.refuse(RestoreOptionRules.problems(in: restoreOptions))
        return RestoreConfig(
            sourceDatabaseID: item["source_database_id"]?.text, sourceNodeName: item["source_node_name"]?.text,
            sourceDatabaseName: item["source_database_name"]?.text,
            repository: item["repository"].map(RepositoryReader.read), restoreOptions: restoreOptions)
    }
}

/// Reads the bodies of restores and backups.
enum RequestReader {
    static func restore(_ item: Item) -> RestoreRequest {
        item.check(.object(RequestTable.restore))
        return RestoreRequest(
            targetNodes: item["target_nodes"]?.texts ?? [],
            restoreConfig: item["restore_config"].map(RestoreConfigReader.read))
    }

    static func backup(_ item: Item) -> BackupRequest {
        item.check(.object(RequestTable.backup))
        return BackupRequest(
            type: item["type"]?.text.flatMap(BackupType.init(rawValue:)) ?? .full,
            annotations: item["annotations"]?.settings(.yesNo) ?? [:],
            backupOptions: item["backup_options"]?.settings(.yesNo) ?? [:])
    }
}

extension Item {
    /// Reports what is wrong with options, each at its own place.
    func refuse(_ problems: [OptionProblem]) {
        for problem in problems {
            guard let member = self[problem.option] else { continue }
            let complaint = Complaint(problem.message, hint: problem.hint)
            if problem.isAboutValue { member.refuse(complaint) } else { member.refuseKey(complaint) }
        }
    }
}
