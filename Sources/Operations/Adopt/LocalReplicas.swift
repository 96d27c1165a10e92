import Failures
import Postgres

/// Finds the streaming replicas that a primary has on its own machine: servers of the same cluster in recovery whose
/// connection string names the primary's port.
struct LocalReplicas {
    var primaryPort: Int
    /// System identifier of the primary, decimal.
    var identifier: String

    func find() async throws -> [AdoptionFacts.Replica] {
        var found: [AdoptionFacts.Replica] = []
        for pgdata in RunningServers.dataDirectories() {
            guard Directories.exists("\(pgdata)/standby.signal"), let port = try? PostmasterPort.of(pgdata: pgdata),
                try await isOurs(pgdata)
            else { continue }
            found.append(AdoptionFacts.Replica(pgdata: pgdata, port: port))
        }
        return found.sorted { $0.pgdata < $1.pgdata }
    }

    private func isOurs(_ pgdata: String) async throws -> Bool {
        guard let file = (try? PostmasterFile.alive(pgdata: pgdata)) ?? nil,
            let binDir = DirectoryOfProgram.of(pid: file.pid),
            let control = try? await ControlData.read(pgdata: pgdata, binDir: binDir),
            String(control.systemIdentifier) == identifier
        else { return false }
        let files = ["postgresql.auto.conf", "postgresql.conf"].compactMap {
            ConfigurationFileFinder.read("\(pgdata)/\($0)")
        }
        let source = files.lazy.compactMap { ServerSettingsFile(text: $0).get("primary_conninfo") }.first ?? ""
        return source.contains("port=\(primaryPort)") || (primaryPort == 5432 && !source.contains("port="))
    }
}
