import Foundation
import PositionedJSON

/// Everything about a database that an update can change, as facts under a name each: what the servers' catalogs and
/// settings say, the files of the data directories, the stanza configurations and what is in the repositories.
///
/// An instance's name is that of its node and host, as in `n1/host-1`; a node's facts begin with the node's name.
struct DatabaseState: Sendable {
    var facts: [String: String] = [:]

    /// Asks the servers and reads the files.
    static func read(_ box: Sandbox, id: String) async throws -> DatabaseState {
        var state = DatabaseState()
        let record = try JSONTree.parse(box.read(box.home + "/databases/\(id)/database.json"))
        state.facts["record"] = record["state"]?.stringValue
        for (node, own) in record["nodes"]?.objectValue ?? [:] {
            state.facts["\(node) backups"] = own["backups"]?.stringValue
            state.readConfiguration(box.home + "/databases/\(id)/\(node)/pgbackrest.backup.conf", of: node)
            for (host, instance) in own["instances"]?.objectValue ?? [:] {
                guard let pgdata = instance["pgdata"]?.stringValue, let port = instance["port"]?.intValue else {
                    continue
                }
                try await state.readInstance(
                    Instance(
                        box: box, name: "\(node)/\(host)", port: Int(port),
                        socketDirectory: instance["socket_dir"]?.stringValue ?? "", dataDirectory: pgdata,
                        isReplica: instance["role"]?.stringValue == "replica", database: id))
            }
        }
        try state.readRepositories(box.path, id)
        return state
    }

    /// The names of the facts that are others than before, with their values now; nil where there is none any more.
    func changes(since before: DatabaseState) -> [String: String?] {
        var found: [String: String?] = [:]
        for name in Set(facts.keys).union(before.facts.keys) where facts[name] != before.facts[name] {
            found.updateValue(facts[name], forKey: name)
        }
        return found
    }

    private mutating func readConfiguration(_ path: String, of node: String) {
        for line in readText(path).split(separator: "\n") where line.contains("=") && !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1)
            facts["\(node) stanza \(parts[0])"] = parts.count == 2 ? String(parts[1]) : ""
        }
    }

    private mutating func readInstance(_ instance: Instance) async throws {
        let name = instance.name
        for file in ["pg_hba.conf", "pg_ident.conf", "postgresql.conf", "pgstanza.conf", "postgresql.auto.conf"] {
            facts["\(name) file \(file)"] = readText(instance.dataDirectory + "/" + file)
        }
        facts["\(name) role"] = instance.isReplica ? "replica" : "primary"
        let pid = instance.postmasterPID.map(String.init) ?? "none"
        let started = readText("/proc/\(pid)/stat").split(separator: " ")
        facts["\(name) process"] = "\(pid) \(started.count > 21 ? String(started[21]) : "-")"
        for row in try await instance.query(instance.isReplica ? Self.replicaQuery : Self.primaryQuery) {
            facts["\(name) \(row[0])"] = row[1]
        }
    }

    /// What the server is told, apart from what it works out by itself and from what belongs to the session.
    private static let replicaQuery = """
        SELECT 'setting ' || name, setting FROM pg_settings
         WHERE context <> 'internal' AND coalesce(source, '') NOT IN ('session', 'client')
        UNION ALL SELECT 'waits for a restart ' || name, setting FROM pg_settings WHERE pending_restart
        UNION ALL SELECT 'in recovery', pg_is_in_recovery()::text
        """

    private static let primaryQuery =
        replicaQuery + """

            UNION ALL SELECT 'user ' || rolname, concat_ws(' ',
                   CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
                   CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN NOT rolinherit THEN 'NOINHERIT' END,
                   CASE WHEN rolcanlogin THEN 'LOGIN' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
                   CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, nullif(rolconnlimit, -1),
                   nullif(rolvaliduntil, 'infinity') AT TIME ZONE 'UTC',
                   CASE WHEN rolpassword IS NOT NULL THEN 'password' END)
                 FROM pg_authid WHERE rolname !~ '^pg_'
            UNION ALL SELECT 'member ' || member::regrole || ' of ' || roleid::regrole, admin_option::text
                 FROM pg_auth_members WHERE member::regrole::text !~ '^pg_'
            UNION ALL SELECT 'owner of ' || datname, datdba::regrole::text FROM pg_database
            UNION ALL SELECT 'setting of ' || setdatabase || '/' || setrole, setconfig::text FROM pg_db_role_setting
            UNION ALL SELECT 'slot ' || slot_name, slot_type FROM pg_replication_slots
            UNION ALL SELECT 'failures of archiving', failed_count::text FROM pg_stat_archiver
            UNION ALL SELECT 'rows', count(*) || md5(string_agg(t::text, ',' ORDER BY i)) FROM t
            """

    /// Labels of the backups in each repository of the sandbox.
    private mutating func readRepositories(_ root: String, _ id: String) throws {
        let files = FileManager.default
        func names(_ path: String) -> [String] { ((try? files.contentsOfDirectory(atPath: path)) ?? []).sorted() }
        for top in names(root) where top.hasPrefix("repo") {
            for repository in names("\(root)/\(top)/databases/\(id)") {
                for node in names("\(root)/\(top)/databases/\(id)/\(repository)") {
                    let stanza = "\(root)/\(top)/databases/\(id)/\(repository)/\(node)/backup/db"
                    let labels = names(stanza).filter { $0.first?.isNumber ?? false }
                    facts["\(node) in \(top)/\(repository)"] = labels.map { String($0.last ?? "?") }.joined()
                }
            }
        }
    }
}
