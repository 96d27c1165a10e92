import Failures
import Processes

/// A cluster in Debian's layout, its configuration under /etc/postgresql, by pg_ctlcluster.
public struct PgCtlClusterService: ServiceControl {
    public let cluster: DebianCluster

    public init(cluster: DebianCluster) {
        self.cluster = cluster
    }

    public var name: String { "pg_ctlcluster \(cluster.major) \(cluster.name)" }

    public func start(_ instance: InstanceLocation, options: [String: String], timeout: Double) async throws {
        if try ServiceSteps.alreadyRuns(instance, options: options) { return }
        let text = try ServerOptions.text(options)
        try await ServiceSteps.start(
            instance, timeout: timeout,
            hint: "see /var/log/postgresql/postgresql-\(cluster.major)-\(cluster.name).log",
            by: command("start", text.isEmpty ? [] : ["-o", text], ["-w", "-t", String(Int(timeout.rounded(.up)))]))
    }

    public func stop(_ instance: InstanceLocation, mode: StopMode, timeout: Double) async throws {
        guard try ServerStatus.of(pgdata: instance.pgdata).pid != nil else { return }
        try await ServiceSteps.stop(
            instance, mode: mode, timeout: timeout, hint: nil,
            by: command("stop", ["-m", mode.rawValue], ["-t", String(Int(timeout.rounded(.up)))]))
    }

    public func reload(_ instance: InstanceLocation) async throws {
        try ServiceSteps.requireRunning(instance)
        try await ProcessRunner.runSuccessfully(command("reload", [], []), options: ProcessOptions(timeLimit: 30))
    }

    /// pg_ctlcluster would hand the request on to systemd, which the cluster's owner may not command.
    private func command(_ action: String, _ options: [String], _ pgCtlOptions: [String]) -> CommandLine {
        CommandLine(
            program: "pg_ctlcluster",
            arguments: ["--skip-systemctl-redirect"] + options + [String(cluster.major), cluster.name, action]
                + (pgCtlOptions.isEmpty ? [] : ["--"] + pgCtlOptions))
    }
}

/// One of Debian's clusters: `/etc/postgresql/MAJOR/NAME`.
public struct DebianCluster: Sendable, Hashable {
    public let major: Int
    public let name: String
    /// Where its configuration files are.
    public let configDirectory: String

    public init(major: Int, name: String, configDirectory: String) {
        self.major = major
        self.name = name
        self.configDirectory = configDirectory
    }

    /// The cluster whose `data_directory` is `pgdata`; nil when there is none.
    public static func find(pgdata: String, root: String = "/etc/postgresql") -> DebianCluster? {
        let wanted = TextFile.resolved(pgdata)
        for version in DirectoryListing.names(in: root) {
            guard let major = Int(version) else { continue }
            for name in DirectoryListing.names(in: "\(root)/\(version)") {
                let directory = "\(root)/\(version)/\(name)"
                guard let file = try? ServerSettingsFile.read(directory + "/postgresql.conf"),
                    let data = file.get("data_directory"), TextFile.resolved(data) == wanted
                else { continue }
                return DebianCluster(major: major, name: name, configDirectory: directory)
            }
        }
        return nil
    }
}
