/// Server settings that a spec may not give, because pgstanza's own would be lost or the server would not start.
enum SettingNames {
    static func complaint(_ name: String) -> Complaint? {
        let lowered = name.lowercased()
        if let instead = refused[lowered] ?? (lowered.hasPrefix("recovery_target") ? recovery : nil) {
            return Complaint("the setting \(name) is not accepted here", hint: instead)
        }
        return nil
    }

    /// Settings that are accepted and have no effect, with what has.
    static func warning(_ name: String) -> String? { overridden[name.lowercased()] }

    private static let recovery = "say what to recover to in restore_config.restore_options"

    private static let refused: [String: String] = [
        "archive_command": "pgstanza archives with pgBackRest; say where in backup_config",
        "archive_library": "pgstanza archives with pgBackRest; say where in backup_config",
        "restore_command": recovery,
        "data_directory": "use orchestrator_opts.local.pgdata",
        "config_file": "settings go into postgresql_conf itself",
        "hba_file": "lines for pg_hba.conf go into pg_hba_conf",
        "ident_file": "lines for pg_ident.conf go into pg_ident_conf",
        "primary_conninfo": "replicas follow from host_ids",
        "primary_slot_name": "replicas follow from host_ids",
    ]

    private static let overridden: [String: String] = [
        "port": "the port of a node is its key port",
        "unix_socket_directories": "the directory of the socket is orchestrator_opts.local.socket_dir",
        "archive_mode": "backup_config turns archiving on and off",
    ]
}
