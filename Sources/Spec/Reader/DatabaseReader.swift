/// Reads the spec of a database, with or without the body around it.
enum DatabaseReader {
    static func read(_ item: Item) -> DatabaseSpec {
        guard isBody(item) else {
            item.check(.object(DatabaseTable.spec))
            return spec(item)
        }
        item.check(.object(DatabaseTable.body))
        guard let inner = item["spec"] else { return DatabaseSpec(databaseName: "", nodes: []) }
        var result = spec(inner)
        let outerID = item["id"]?.text
        if let outerID, let innerID = inner["id"], let text = innerID.text, text != outerID {
            innerID.refuse(
                "the id \(Wording.quoted(text)) is not the one beside the spec, \(Wording.quoted(outerID))",
                hint: "keep one of them")
        }
        result.id = outerID ?? result.id
        return result
    }

    /// `{"spec": …}`; also what has a slip in that key, or nothing that a spec has.
    private static func isBody(_ item: Item) -> Bool {
        if item["spec"] != nil { return true }
        return !item.members.contains { member in
            member.key != "id" && DatabaseTable.spec.key(member.key ?? "") != nil
        }
    }

    private static func spec(_ item: Item) -> DatabaseSpec {
        let common = CommonReader.read(item)
        let nodes = item.list("nodes")
        NodeRules.check(nodes)
        InstanceRules.check(spec: item, nodes: nodes)
        PlaceRules.check(spec: item, nodes: nodes)
        return DatabaseSpec(
            id: item["id"]?.text, databaseName: item["database_name"]?.text ?? "", port: common.port,
            postgresVersion: common.postgresVersion, postgresqlConf: common.postgresqlConf,
            pgHBAConf: common.pgHBAConf, pgIdentConf: common.pgIdentConf,
            scripts: Scripts(
                postInit: item["scripts"]?["post_init"]?.texts ?? [],
                postDatabaseCreate: item["scripts"]?["post_database_create"]?.texts ?? []),
            users: UserReader.read(item.list("database_users")), nodes: nodes.map(node),
            backupConfig: common.backupConfig, restoreConfig: common.restoreConfig, local: common.local,
            notUsed: item.report.notUsed)
    }

    private static func node(_ item: Item) -> NodeSpec {
        let common = CommonReader.read(item)
        return NodeSpec(
            name: item["name"]?.text ?? "", hostIDs: item["host_ids"]?.texts ?? [],
            sourceNode: item["source_node"]?.text, port: common.port, postgresVersion: common.postgresVersion,
            postgresqlConf: common.postgresqlConf, pgHBAConf: common.pgHBAConf, pgIdentConf: common.pgIdentConf,
            backupConfig: common.backupConfig, restoreConfig: common.restoreConfig, local: common.local)
    }
}

/// Reads what the database and each of its nodes may say alike.
struct CommonReader {
    let port: Int?
    let postgresVersion: PostgresVersion?
    let postgresqlConf: [String: String]
    let pgHBAConf: [String]
    let pgIdentConf: [String]
    let backupConfig: BackupConfig?
    let restoreConfig: RestoreConfig?
    let local: LocalOptions

    static func read(_ item: Item) -> CommonReader {
        CommonReader(
            port: item["port"]?.integer,
            postgresVersion: item["postgres_version"]?.text.flatMap(PostgresVersion.init(text:)),
            postgresqlConf: settings(item["postgresql_conf"]), pgHBAConf: item["pg_hba_conf"]?.texts ?? [],
            pgIdentConf: item["pg_ident_conf"]?.texts ?? [],
            backupConfig: item["backup_config"].map(BackupConfigReader.read),
            restoreConfig: item["restore_config"].map(RestoreConfigReader.read),
            local: item["orchestrator_opts"]?["local"].map(LocalReader.read) ?? LocalOptions())
    }

    /// Names of settings are the same in upper and lower case, so that two spellings are one setting.
    private static func settings(_ item: Item?) -> [String: String] {
        guard let item else { return [:] }
        var spellings: [String: String] = [:]
        for member in item.members {
            guard let name = member.key else { continue }
            if let other = spellings.updateValue(name, forKey: name.lowercased()) {
                member.refuseKey(Complaint("\(name) is the same setting as \(other)", hint: "keep one of them"))
            }
        }
        return item.settings(.onOff)
    }
}
