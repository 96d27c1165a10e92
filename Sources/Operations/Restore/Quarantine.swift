import Postgres
import Replication

/// Settings that go into the restored `postgresql.auto.conf`, so that whoever starts the server, after a kill or a
/// reboot, starts one that archives nothing, replicates nothing and listens where the node does.
struct Quarantine {
    var node: NodePlacement
    var run: RestoreRun

    /// What pgBackRest and the server's recovery leave in `postgresql.auto.conf`; gone when the node is itself again.
    static let recoverySettings = [
        "restore_command", "recovery_end_command", "archive_cleanup_command", "recovery_target", "recovery_target_time",
        "recovery_target_xid", "recovery_target_lsn", "recovery_target_name", "recovery_target_inclusive",
        "recovery_target_timeline", "recovery_target_action", "primary_conninfo", "primary_slot_name",
        "promote_trigger_file", "recovery_min_apply_delay",
    ]

    /// By name, for `--recovery-option`; the lines are appended, and the last one of a name wins over the source's.
    func settings() throws -> [String: String] {
        var found = [
            "max_logical_replication_workers": "0",
            "port": String(node.primary.port),
            "unix_socket_directories": node.primary.socketDir,
            // Outside the data directory: the restored pg_hba.conf lets others in until the fence is put over it.
            "hba_file": Self.fencePath(node, run),
        ]
        let saved = try SavedConfiguration.read(from: run.savedConfigurationDirectory(node))
        found["shared_preload_libraries"] = Self.harmless(saved.setting("shared_preload_libraries") ?? "")
        if let addresses = saved.setting("listen_addresses"), !addresses.isEmpty {
            found["listen_addresses"] = addresses
        }
        return found
    }

    /// The fence that the restored server reads until the node's own settings are back.
    static func fencePath(_ node: NodePlacement, _ run: RestoreRun) -> String {
        "\(run.directory)/\(node.name)/pg_hba.fence.conf"
    }

    static func harmless(_ libraries: String) -> String {
        libraries.split(separator: ",")
            .map { $0.trimmingPrefix(while: \.isWhitespace) }
            .filter { library in
                let name = library.drop(while: { $0 == "\"" }).prefix { $0 != "\"" && !$0.isWhitespace }
                return !ReplicationProvider.libraries.contains(String(name.split(separator: "/").last ?? name))
            }
            .joined(separator: ", ")
    }
}
