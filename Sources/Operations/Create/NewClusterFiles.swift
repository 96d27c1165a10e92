import Postgres
import Spec

/// The configuration files that a cluster made by pgstanza begins with.
struct NewClusterFiles {
    var node: NodePlacement
    /// Name of the operating system user that the server and pgstanza run as.
    var ownerName: String

    /// Settings that pgstanza itself decides, because everything else rests on them, with the reason.
    static let reserved: [String: String] = [
        "port": "it is the spec's own key `port`",
        "unix_socket_directories": "it is the spec's own key `orchestrator_opts.local.socket_dir`",
        "data_directory": "it is the spec's own key `orchestrator_opts.local.pgdata`",
        "archive_mode": "pgstanza turns archiving on and off with the node's backups",
        "archive_command": "pgstanza turns archiving on and off with the node's backups",
        "archive_library": "pgstanza turns archiving on and off with the node's backups",
        "config_file": "the file is kept in the data directory",
        "hba_file": "the file is kept in the data directory",
        "ident_file": "the file is kept in the data directory",
        "restore_command": "a restore sets it itself",
        "primary_conninfo": "a replica is given its own",
        "primary_slot_name": "a replica is given its own",
    ]

    /// Throws `reserved-setting` (65) for a setting of the spec that is pgstanza's own to decide.
    static func check(_ node: EffectiveNode) throws {
        for name in node.postgresqlConf.keys.sorted() {
            guard let reason = reserved[name.lowercased()] else { continue }
            throw OperationError(
                .invalidInput, code: "reserved-setting",
                "postgresql_conf of \(node.name) may not set \(name): \(reason)", hint: "take \(name) out of the spec")
        }
    }

    /// Settings for `postgresql.conf`, over what initdb writes; the spec's own win.
    var settings: [String: String] {
        let own = [
            "listen_addresses": listenAddresses, "port": String(node.primary.port),
            "unix_socket_directories": node.primary.socketDir, "cluster_name": "\(node.databaseID)-\(node.name)",
            "password_encryption": "scram-sha-256", "archive_timeout": "60s",
        ]
        let specs = node.spec.postgresqlConf.map { ($0.key.lowercased(), $0.value) }
        return own.merging(specs) { $1 }
    }

    private var listenAddresses: String {
        let address = node.primary.address
        return ["127.0.0.1", "localhost", "::1"].contains(address) ? "localhost" : "localhost,\(address)"
    }

    /// The files that are pgstanza's as a whole, by their names in the data directory.
    var texts: [String: String] {
        get throws {
            [
                ManagedSettings.fileName: try ManagedSettings.text(settings),
                "pg_hba.conf": HBA.text(superuser: node.superuser, specLines: node.spec.pgHBAConf),
                "pg_ident.conf": HBA.ident(
                    osUser: ownerName, superuser: node.superuser, specLines: node.spec.pgIdentConf),
            ]
        }
    }

    /// `postgresql.auto.conf` of a node that is to be backed up: `archive_mode` is on from the first start, so that
    /// archiving can begin without a restart.
    static func autoConf(_ text: String, archives: Bool) -> String {
        guard archives else { return text }
        var file = ServerSettingsFile(text: text)
        file.set("archive_mode", "on")
        return file.text
    }
}
