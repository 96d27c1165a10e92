import Foundation
import Glibc

/// What "refused with nothing changed" is about: compare one taken before with one taken after.
struct InstanceState: Sendable, Equatable {
    /// The same process, not one started again with the same number: pid and start time in clock ticks.
    var postmaster: String
    var controlData: String
    /// Text of each configuration file in the data directory by name, `nil` when there is none.
    var files: [String: String?]
    var slots: [[String]]
    var archiveSettings: [[String]]
    var subscriptions: [[String]]

    /// Observes a running instance.
    static func of(_ instance: Instance) async throws -> InstanceState {
        let pid = instance.postmasterPID.map(String.init) ?? "none"
        let started = readText("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ")
        let names = [
            "postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf", "PG_VERSION",
            "recovery.signal", "standby.signal", "backup_label",
        ]
        var files: [String: String?] = [:]
        for name in names {
            let path = instance.dataDirectory + "/" + name
            files[name] = FileManager.default.fileExists(atPath: path) ? readText(path) : nil
        }
        return InstanceState(
            postmaster: "\(pid) \(started.map { $0.count > 19 ? String($0[19]) : "?" } ?? "gone")",
            controlData: try await instance.value(
                "SELECT system_identifier || ' ' || timeline_id FROM pg_control_system(), pg_control_checkpoint()"),
            files: files,
            slots: try await instance.query(
                "SELECT slot_name, plugin, slot_type, active FROM pg_replication_slots ORDER BY 1"),
            archiveSettings: try await instance.query(
                "SELECT name, setting FROM pg_settings WHERE name LIKE 'archive%' ORDER BY 1"),
            subscriptions: try await instance.query("SELECT subname, subenabled FROM pg_subscription ORDER BY 1"))
    }
}
