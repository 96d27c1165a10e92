import Failures
import Processes

/// How a server is shut down.
public enum StopMode: String, Sendable, Hashable {
    /// Sessions are ended, everything is flushed, sent to replicas and archived.
    case fast
    /// Nothing is flushed; the next start recovers from the log. Only when a person asked for it.
    case immediate
}

/// What a server's own file and process say.
public enum ServerStatus: Sendable, Hashable {
    /// Up; it takes no connections when it is in recovery with `hot_standby` off.
    case running(pid: Int32, acceptsConnections: Bool)
    case starting(pid: Int32)
    case stopping(pid: Int32)
    case stopped
    /// A `postmaster.pid` whose process is gone: the server was killed.
    case stale(pid: Int32)

    /// Reads it. Throws when `postmaster.pid` cannot be read.
    public static func of(pgdata: String) throws -> ServerStatus {
        guard let file = try PostmasterFile.read(pgdata: pgdata) else { return .stopped }
        guard PostmasterFile.isAlive(pid: file.pid, pgdata: pgdata) else { return .stale(pid: file.pid) }
        switch file.status {
        case "ready": return .running(pid: file.pid, acceptsConnections: true)
        case "standby": return .running(pid: file.pid, acceptsConnections: false)
        case "stopping": return .stopping(pid: file.pid)
        default: return .starting(pid: file.pid)
        }
    }

    /// The process id while there is a live server.
    public var pid: Int32? {
        switch self {
        case .running(let pid, _), .starting(let pid), .stopping(let pid): pid
        case .stopped, .stale: nil
        }
    }
}

/// Starts and stops a server by whatever manages it. All waits are bounded; a fast stop that takes too long is an
/// error and never turns into an immediate one.
public protocol ServiceControl: Sendable {
    /// `pg_ctl`, `systemd unit postgresql-15.service`, `pg_ctlcluster 15 main`.
    var name: String { get }
    /// Whether ``start(_:options:timeout:)`` can pass settings on the server's command line.
    var takesOptions: Bool { get }

    /// Starts the server and waits until it accepts connections (of a standby or one in recovery: read-only ones).
    ///
    /// `options` are server settings for this start only. A server that already runs is left alone, unless options
    /// are given, which then is an error.
    func start(_ instance: InstanceLocation, options: [String: String], timeout: Double) async throws
    /// Stops the server and waits until its process is gone. One that does not run is no error.
    func stop(_ instance: InstanceLocation, mode: StopMode, timeout: Double) async throws
    /// Makes it read its configuration files again; it does so a moment later.
    func reload(_ instance: InstanceLocation) async throws
}

extension ServiceControl {
    public var takesOptions: Bool { true }

    public func start(_ instance: InstanceLocation, timeout: Double = 120) async throws {
        try await start(instance, options: [:], timeout: timeout)
    }

    public func stop(_ instance: InstanceLocation, timeout: Double = 120) async throws {
        try await stop(instance, mode: .fast, timeout: timeout)
    }

    /// A fast stop, then a start.
    public func restart(
        _ instance: InstanceLocation, options: [String: String] = [:], timeout: Double = 120
    ) async throws {
        try await stop(instance, mode: .fast, timeout: timeout)
        try await start(instance, options: options, timeout: timeout)
    }

    public func status(_ instance: InstanceLocation) throws -> ServerStatus {
        try ServerStatus.of(pgdata: instance.pgdata)
    }
}

/// What the ways of starting and stopping have in common.
enum ServiceSteps {
    /// Runs `command`, which starts the server, and sees that it is up.
    static func start(_ instance: InstanceLocation, timeout: Double, hint: String?, by command: CommandLine)
        async throws
    {
        let log = LogTail(instance)
        let result = try await ProcessRunner.run(command, options: ProcessOptions(timeLimit: timeout + 15))
        switch try ServerStatus.of(pgdata: instance.pgdata) {
        case .running: return
        case .starting, .stopping:
            throw PostgresError(
                .operation, code: "start-timeout",
                "the server of \(instance.pgdata) did not accept connections within \(Int(timeout)) s; it is still "
                    + "starting",
                hint: "a long recovery takes its time; see \(instance.logFile)", details: log.newLines())
        case .stopped, .stale:
            throw PostgresError(
                .operation, code: "start-failed", "the server of \(instance.pgdata) did not start",
                hint: hint, details: ["command: \(command.rendered)"] + lastWords(of: result) + log.newLines())
        }
    }

    /// Runs `command`, which stops the server, and sees that it is gone.
    static func stop(
        _ instance: InstanceLocation, mode: StopMode, timeout: Double, hint: String?, by command: CommandLine
    ) async throws {
        let log = LogTail(instance)
        let result = try await ProcessRunner.run(command, options: ProcessOptions(timeLimit: timeout + 15))
        // A server takes its file away, which is what pg_ctl waits for, just before its process ends.
        let leaving = Deadline(seconds: result.exit.isSuccess ? 10 : 0)
        while true {
            if PostmasterFile.processes(pgdata: instance.pgdata).isEmpty { return }
            if leaving.isOver { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw PostgresError(
            .operation, code: "stop-failed",
            "the server of \(instance.pgdata) did not stop within \(Int(timeout)) s (\(mode.rawValue) shutdown)",
            hint: hint
                ?? "a fast shutdown waits for the archive_command and for replicas to receive the rest: see that both "
                + "work, or give more time; pgstanza never stops a server immediately by itself",
            details: ["command: \(command.rendered)"] + lastWords(of: result) + log.newLines())
    }

    /// Throws unless a server lives that can be told to reload.
    static func requireRunning(_ instance: InstanceLocation) throws {
        guard try ServerStatus.of(pgdata: instance.pgdata).pid != nil else {
            throw PostgresError(
                .unavailable, code: "server-not-running", "no server runs for \(instance.pgdata)",
                hint: "start it: pgstanza db start ID")
        }
    }

    /// Whether there is nothing to start; clears away what a killed server left. Throws when options could not reach a server that is already up.
    static func alreadyRuns(_ instance: InstanceLocation, options: [String: String]) throws -> Bool {
        let status = try ServerStatus.of(pgdata: instance.pgdata)
        if case .stale = status { try PostmasterFile.removeStale(pgdata: instance.pgdata) }
        guard case .running(let pid, _) = status else { return false }
        guard options.isEmpty else {
            throw PostgresError(
                .operation, code: "already-running",
                "the server of \(instance.pgdata) already runs (process \(pid)) and cannot be given settings for its "
                    + "start", hint: "stop it first")
        }
        return true
    }

    static func lastWords(of result: ProcessResult) -> [String] {
        Array((result.errorOutput.isEmpty ? result.output : result.errorOutput).suffix(20))
    }
}
