import Postgres
import Spec

/// Says what creating a database comes to, from what was seen: pure.
struct CreatePlanner {
    var databaseID: String
    var spec: DatabaseSpec
    var ownerName: String

    func plan(_ nodes: [CreateFacts]) throws -> CreatePlan {
        CreatePlan(
            database: databaseID, changes: nodes.flatMap(changes), files: try nodes.flatMap(files),
            questions: nodes.flatMap(questions), warnings: nodes.flatMap(warnings),
            nodes: nodes.map(\.node.name))
    }

    private func changes(_ facts: CreateFacts) -> [PlannedChange] {
        var found: [PlannedChange] = []
        let node = facts.node
        func add(_ action: String, _ detail: String) {
            found.append(PlannedChange(node: node.name, action: action, detail: detail))
        }
        if let source = facts.source {
            add(
                "restore-backup",
                "backup \(source.label) of \(source.book.databaseID) \(source.book.node) from "
                    + "\(source.book.repositoryName) into \(node.primary.pgdata), port \(node.primary.port)")
        } else if facts.isNew {
            add(
                "init-cluster",
                "a new cluster in \(node.primary.pgdata), port \(node.primary.port), with data checksums")
        } else if facts.isAdopted {
            add(
                "adopt-cluster",
                "the cluster in \(node.primary.pgdata), port \(node.primary.port), is taken over as it is")
        }
        if !facts.state.isRunning { add("start", "the server in \(node.primary.pgdata)") }
        for user in spec.users where facts.server?.users.contains(user.username) != true {
            add("create-user", user.username)
        }
        if facts.source != nil {
            if let old = facts.sourceDatabaseName { add("rename-database", "\(old) to \(spec.databaseName)") }
            if let owner = spec.users.first(where: \.isOwner)?.username {
                add("change-owner", "\(spec.databaseName) belongs to \(owner)")
            }
        } else if facts.server?.hasDatabase != true {
            let owner = spec.users.first(where: \.isOwner)?.username ?? node.superuser
            add("create-database", "\(spec.databaseName), owned by \(owner)")
        }
        found += backupChanges(facts)
        for replica in node.replicas where replica.isHere {
            switch facts.replicas[replica.hostID] {
            case .running?: break
            case .stopped?, .crashed?: add("start", "the replica in \(replica.pgdata)")
            default:
                add(
                    "create-replica",
                    "a base backup to \(replica.pgdata), port \(replica.port), slot \(node.slotName(of: replica))")
            }
        }
        return found
    }

    private func backupChanges(_ facts: CreateFacts) -> [PlannedChange] {
        guard let change = facts.archiveChange else { return [] }
        var found: [PlannedChange] = []
        let node = facts.node
        func add(_ action: String, _ detail: String) {
            found.append(PlannedChange(node: node.name, action: action, detail: detail))
        }
        add("write-configuration", node.backupConfigPath)
        for (number, repository) in facts.repositories.sorted(by: { $0.key < $1.key }) where !repository.hasStanza {
            add("create-stanza", "\(node.stanza) in repository \(repositoryName(number, of: node))")
        }
        if change.needsRestart, !facts.isNew { add("restart", "archive_mode is turned on, which takes a restart") }
        if let replaced = change.replaces { add("replace-archiving", replaced) }
        if !change.isNothing { add("archive", "archive_command = \(facts.archiveCommand ?? "")") }
        add("prove-archiving", "a WAL segment is switched and has to arrive in every repository")
        return found
    }

    private func repositoryName(_ number: Int, of node: NodePlacement) -> String {
        let repositories = node.spec.backupConfig?.repositories ?? []
        guard repositories.indices.contains(number - 1) else { return String(number) }
        let repository = repositories[number - 1]
        return repository.id ?? "\(number) (\(repository.kind.typeName))"
    }

    private func files(_ facts: CreateFacts) throws -> [PlannedFile] {
        var found: [PlannedFile] = []
        let node = facts.node
        if facts.isNew {
            let files = try NewClusterFiles(node: node, ownerName: ownerName).texts
            for (name, text) in files.sorted(by: { $0.key < $1.key }) {
                found.append(PlannedFile(path: "\(node.primary.pgdata)/\(name)", text: text))
            }
        }
        if let configuration = facts.configuration {
            found.append(PlannedFile(path: configuration.path, text: configuration.maskedText))
            for path in configuration.keyFiles.keys.sorted() {
                found.append(PlannedFile(path: path, text: "********\n"))
            }
        }
        return found
    }

    private func questions(_ facts: CreateFacts) -> [String] {
        guard !facts.isNew, facts.isAdopted, let change = facts.archiveChange else { return [] }
        var found: [String] = []
        if change.needsRestart, facts.state.isRunning {
            found.append(
                "\(facts.node.name): the server in \(facts.node.primary.pgdata) is restarted, since archive_mode is off"
            )
        }
        if let replaced = change.replaces {
            found.append("\(facts.node.name): its WAL no longer goes where it goes now (\(replaced))")
        }
        return found
    }

    private func warnings(_ facts: CreateFacts) -> [String] {
        var found: [String] = []
        if facts.node.spec.restoreConfig != nil, spec.scripts != Scripts() {
            found.append("\(facts.node.name): scripts are not run, since the database comes from a backup")
        }
        if facts.isAdopted && !spec.scripts.postInit.isEmpty {
            found.append("\(facts.node.name): scripts.post_init are not run, since the cluster is there already")
        }
        if facts.isAdopted && facts.control?.dataChecksums == false {
            found.append("\(facts.node.name): the cluster has no data checksums; backups cannot find damaged pages")
        }
        if facts.isAdopted && !(facts.node.spec.postgresqlConf.isEmpty && facts.node.spec.pgHBAConf.isEmpty) {
            found.append(
                "\(facts.node.name): an adopted cluster keeps its settings; postgresql_conf, pg_hba_conf and "
                    + "pg_ident_conf of the spec are not applied")
        }
        return found
    }
}
