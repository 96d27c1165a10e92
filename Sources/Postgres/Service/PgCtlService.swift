import Failures
import Processes

/// A server that nobody manages: started and stopped with pg_ctl.
public struct PgCtlService: ServiceControl {
    /// Settings that every start passes, such as a `config_file` outside the data directory.
    public let baseOptions: [String: String]

    public init(baseOptions: [String: String] = [:]) {
        self.baseOptions = baseOptions
    }

    public var name: String { "pg_ctl" }

    public func start(_ instance: InstanceLocation, options: [String: String], timeout: Double) async throws {
        if try ServiceSteps.alreadyRuns(instance, options: options) { return }
        try [instance.pgdata, instance.logFile, instance.binDir].forEach(ServerOptions.requirePlain)
        // -l always: a server that inherits our pipes would write into them after we are gone.
        var arguments = ["start", "-D", instance.pgdata, "-l", instance.logFile, "-w", "-t", seconds(timeout)]
        let text = try ServerOptions.text(baseOptions.merging(options) { $1 })
        if !text.isEmpty { arguments += ["-o", text] }
        try await ServiceSteps.start(instance, timeout: timeout, hint: nil, by: command(instance, arguments))
    }

    public func stop(_ instance: InstanceLocation, mode: StopMode, timeout: Double) async throws {
        guard try ServerStatus.of(pgdata: instance.pgdata).pid != nil else { return }
        let arguments = ["stop", "-D", instance.pgdata, "-m", mode.rawValue, "-w", "-t", seconds(timeout)]
        try await ServiceSteps.stop(
            instance, mode: mode, timeout: timeout, hint: nil, by: command(instance, arguments))
    }

    public func reload(_ instance: InstanceLocation) async throws {
        try ServiceSteps.requireRunning(instance)
        try await ProcessRunner.runSuccessfully(
            command(instance, ["reload", "-D", instance.pgdata]), options: ProcessOptions(timeLimit: 30))
    }

    private func seconds(_ timeout: Double) -> String { String(max(1, Int(timeout.rounded(.up)))) }

    private func command(_ instance: InstanceLocation, _ arguments: [String]) -> CommandLine {
        // The server inherits the environment: no LC_ALL, which would win over what the cluster was made with.
        CommandLine(program: instance.binDir + "/pg_ctl", arguments: arguments)
    }
}
