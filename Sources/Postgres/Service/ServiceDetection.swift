import Failures
import Processes

/// Finds out who manages the server of a data directory.
public enum ServiceDetection {
    /// What was found.
    public struct Finding: Sendable, Hashable {
        public let manager: ServiceManager
        /// What would start the server again by itself.
        public let supervisor: Supervisor?
    }

    /// Looks at the running server when there is one, else at what is installed for the directory.
    public static func detect(pgdata: String) async -> Finding {
        let postmaster = (try? PostmasterFile.alive(pgdata: pgdata)).flatMap { $0 }.flatMap {
            ProcessEntry(pid: $0.pid)
        }
        let unit = await SystemdUnit.managing(postmaster, pgdata: pgdata)
        return Finding(
            manager: manager(pgdata: pgdata, postmaster: postmaster, unit: unit),
            supervisor: supervisor(pgdata: pgdata, postmaster: postmaster, unit: unit))
    }

    private static func manager(pgdata: String, postmaster: ProcessEntry?, unit: SystemdUnit?) -> ServiceManager {
        // Before the unit: the owner of a Debian cluster may run pg_ctlcluster, and not systemctl.
        if let cluster = DebianCluster.find(pgdata: pgdata) { return .pgCtlCluster(cluster) }
        if let unit { return .systemd(unit: unit.name) }
        return .pgCtl(baseOptions: postmaster.map { StartOptions.settings(in: $0.arguments) } ?? [:])
    }

    private static func supervisor(pgdata: String, postmaster: ProcessEntry?, unit: SystemdUnit?) -> Supervisor? {
        if let patroni = Patroni.supervisor(pgdata: pgdata, postmaster: postmaster) { return patroni }
        if let unit, unit.restarts {
            return Supervisor(
                kind: .systemdRestart, name: "systemd unit \(unit.name) (Restart=\(unit.restart))",
                howToHold: "set orchestrator_opts.local.service to this systemd unit, so that it is "
                    + "stopped by systemctl; or run: systemctl mask --now \(unit.name)")
        }
        return postmaster.flatMap { ParentProcess.supervisor(of: $0) }
    }
}

/// Settings on a postmaster's command line.
enum StartOptions {
    /// Names that every start sets anew, or that only name the directory.
    private static let ignored: Set<String> = ["data_directory"]

    /// `-c name=value`, `--name=value` and `-p port` as settings; the rest is left out.
    static func settings(in arguments: [String]) -> [String: String] {
        var found: [String: String] = [:]
        var index = 1
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            func next() -> String? {
                defer { index += 1 }
                return index < arguments.count ? arguments[index] : nil
            }
            var assignment: String?
            if argument == "-c" {
                assignment = next()
            } else if argument.hasPrefix("-c"), argument.contains("=") {
                assignment = String(argument.dropFirst(2))
            } else if argument.hasPrefix("--"), argument.contains("=") {
                assignment = String(argument.dropFirst(2))
            } else if argument == "-p" {
                assignment = next().map { "port=" + $0 }
            } else if argument == "-k" {
                assignment = next().map { "unix_socket_directories=" + $0 }
            } else if argument == "-D" || argument == "-h" || argument == "-N" || argument == "-B" {
                _ = next()
            }
            guard let assignment, let equals = assignment.firstIndex(of: "=") else { continue }
            let name = String(assignment[..<equals]).replacing("-", with: "_")
            if !ignored.contains(name) { found[name] = String(assignment[assignment.index(after: equals)...]) }
        }
        return found
    }
}
