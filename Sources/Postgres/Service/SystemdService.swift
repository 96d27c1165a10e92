import Failures
import Processes

/// A server that runs as a systemd unit.
public struct SystemdService: ServiceControl {
    public let unit: String
    /// The program that is asked.
    let systemctl: String

    public init(unit: String) {
        self.init(unit: unit, systemctl: "systemctl")
    }

    init(unit: String, systemctl: String) {
        self.unit = unit
        self.systemctl = systemctl
    }

    public var name: String { "systemd unit \(unit)" }
    /// A unit's command line is its own.
    public var takesOptions: Bool { false }

    public func start(_ instance: InstanceLocation, options: [String: String], timeout: Double) async throws {
        guard options.isEmpty else {
            throw PostgresError(
                .operation, code: "options-not-taken",
                "\(name) cannot be started with settings of our own (\(options.keys.sorted().joined(separator: ", ")))",
                hint: "put them in the server's configuration files")
        }
        if try ServiceSteps.alreadyRuns(instance, options: [:]) { return }
        // After too many failed starts systemd refuses another one until the count is reset.
        _ = try? await ask("reset-failed", timeout: 30)
        let command = command("start")
        let result = try await ProcessRunner.run(command, options: ProcessOptions(timeLimit: timeout))
        try refuseIfNotPermitted(result)
        // A unit of Type=simple counts as started when the process is; see that the server is up.
        let deadline = Deadline(seconds: timeout)
        while case .starting = try ServerStatus.of(pgdata: instance.pgdata), !deadline.isOver {
            try await Task.sleep(for: .milliseconds(200))
        }
        guard case .running = try ServerStatus.of(pgdata: instance.pgdata) else {
            throw PostgresError(
                .operation, code: "start-failed", "\(name) did not start the server of \(instance.pgdata)",
                hint: "see journalctl -u \(unit)",
                details: ["command: \(command.rendered)"] + ServiceSteps.lastWords(of: result))
        }
    }

    public func stop(_ instance: InstanceLocation, mode: StopMode, timeout: Double) async throws {
        guard try ServerStatus.of(pgdata: instance.pgdata).pid != nil else { return }
        guard mode == .fast else {
            throw PostgresError(
                .operation, code: "stop-mode", "\(name) cannot be stopped immediately",
                hint: "use pg_ctl -m immediate, and see that the unit does not start it again")
        }
        // `systemctl stop` also keeps Restart= from acting, which a signal would not.
        try refuseIfNotPermitted(try await ask("stop", timeout: timeout))
        guard !PostmasterFile.processes(pgdata: instance.pgdata).isEmpty else { return }
        throw PostgresError(
            .operation, code: "stop-failed", "\(name) is stopped, but a server still runs for \(instance.pgdata)",
            hint: "the unit may not be the one that manages it: correct orchestrator_opts.local.service")
    }

    public func reload(_ instance: InstanceLocation) async throws {
        // The signal is all that a reload is, and the owner of the server may send it where systemctl is not allowed.
        try await PgCtlService().reload(instance)
    }

    private func command(_ verb: String) -> CommandLine {
        CommandLine(program: systemctl, arguments: ["--no-ask-password", verb, "--", unit])
    }

    private func ask(_ verb: String, timeout: Double) async throws -> ProcessResult {
        try await ProcessRunner.run(command(verb), options: ProcessOptions(timeLimit: timeout))
    }

    private func refuseIfNotPermitted(_ result: ProcessResult) throws {
        let words = ServiceSteps.lastWords(of: result)
        guard !result.exit.isSuccess,
            words.contains(where: { $0.contains("authentication required") || $0.contains("Access denied") })
        else { return }
        throw PostgresError(
            .notPermitted, code: "systemd-not-permitted", "this user may not manage \(name)",
            hint: "allow it with a polkit rule for org.freedesktop.systemd1.manage-units and this unit, or set "
                + "orchestrator_opts.local.service to pg_ctl and see that the unit does not start the server itself",
            details: words)
    }
}
