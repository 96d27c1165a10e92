import Subprocess
import SystemPackage

/// Runs programs.
///
/// A child leads a session and process group of its own, so that it can be stopped with everything it started and a
/// terminal's ^C reaches only us. Both its streams are read to their end whatever happens.
///
/// `userID`, `groupID` and `supplementaryGroups` of swift-subprocess 1.0.2 are never set, since spawning then now and
/// then hangs for ever; and standard input is never fed from memory, since a child that exits early would then kill us.
public enum ProcessRunner {
    /// Runs `command` and waits until it has ended.
    ///
    /// Ending with something other than exit code 0 is a result, not an error; see
    /// ``ProcessResult/requireSuccess(of:)``. When the task is cancelled the child is stopped in good order first.
    /// - Throws: ``ProcessError`` when the program is missing, may not be executed, cannot be started or runs longer
    ///   than the time limit; `CancellationError`, after the child has ended, when the task was cancelled.
    public static func run(
        _ command: CommandLine, options: ProcessOptions = ProcessOptions()
    ) async throws -> ProcessResult {
        try Task.checkCancellation()
        let path = try ProgramLookup.locate(command)
        let stopper = ProcessStopper(graceSeconds: options.graceSeconds)
        let collector = OutputCollector(keepLines: options.keepLines, onLine: options.onLine)
        // A task of its own: cancelling the one that runs the library would close the pipes at once, and a child that
        // is cleaning up would die of it with its last lines unsaid.
        let running = Task { () async throws -> ProcessResult in
            try await spawn(path: path, command: command, options: options, stopper: stopper, collector: collector)
        }
        let result = try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            stopper.stop(.cancelled)
        }
        switch stopper.reason {
        case .cancelled: throw CancellationError()
        case .timeLimit: throw ProcessError(reason: .timeLimit(options.timeLimit ?? 0, result), command: command)
        case nil: return result
        }
    }

    /// Runs `command` as ``run(_:options:)`` does and throws a ``ProcessError`` unless it exits with 0.
    @discardableResult
    public static func runSuccessfully(
        _ command: CommandLine, options: ProcessOptions = ProcessOptions()
    ) async throws -> ProcessResult {
        try await run(command, options: options).requireSuccess(of: command)
    }

    /// The absolute path of an executable: `program` itself when it is a path, else the first in `PATH`.
    public static func find(_ program: String) -> String? {
        try? ProgramLookup.locate(CommandLine(program: program))
    }

    private static func spawn(
        path: String, command: CommandLine, options: ProcessOptions, stopper: ProcessStopper,
        collector: OutputCollector
    ) async throws -> ProcessResult {
        let limit = options.timeLimit.map { seconds in
            Task.detached {
                if (try? await Task.sleep(for: .seconds(seconds))) != nil { stopper.stop(.timeLimit) }
            }
        }
        defer {
            limit?.cancel()
            stopper.ended()
        }
        let begin = ContinuousClock.now
        let status: TerminationStatus
        do {
            if let input = options.input {
                status = try await stream(
                    path: path, command: command, input: .fileDescriptor(input, closeAfterSpawningProcess: false),
                    output: options.output, stopper: stopper, collector: collector)
            } else {
                status = try await stream(
                    path: path, command: command, input: .none, output: options.output, stopper: stopper,
                    collector: collector)
            }
        } catch let error as SubprocessError {
            throw ProcessError(reason: .cannotStart(String(describing: error)), command: command)
        }
        let took = (ContinuousClock.now - begin).components
        let exit: ProcessExit =
            switch status {
            case .exited(let code): .exited(code)
            case .signaled(let signal): .signalled(signal)
            }
        return ProcessResult(
            exit: exit, output: collector.output, errorOutput: collector.errors,
            seconds: Double(took.seconds) + Double(took.attoseconds) / 1e18)
    }

    private static func stream<Input: InputProtocol>(
        path: String, command: CommandLine, input: Input, output: FileDescriptor?, stopper: ProcessStopper,
        collector: OutputCollector
    ) async throws -> TerminationStatus {
        var platform = PlatformOptions()
        platform.createSession = true
        var environment: [Environment.Key: String] = [:]
        for (name, value) in command.environment { environment[Environment.Key(stringLiteral: name)] = value }
        let configuration = Configuration(
            executable: .path(FilePath(path)), arguments: Arguments(command.arguments),
            environment: .custom(environment), workingDirectory: FilePath(command.workingDirectory),
            platformOptions: platform)
        if let output {
            let result = try await Subprocess.run(
                configuration, input: input, output: .fileDescriptor(output, closeAfterSpawningProcess: false),
                error: .sequence
            ) { execution in
                stopper.started(group: execution.processIdentifier.value)
                try await read(execution.standardError, isError: true, into: collector)
            }
            return result.terminationStatus
        }
        let result = try await Subprocess.run(configuration, input: input, output: .sequence, error: .sequence) {
            execution in
            stopper.started(group: execution.processIdentifier.value)
            let output = execution.standardOutput
            let errors = execution.standardError
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await read(output, isError: false, into: collector) }
                group.addTask { try await read(errors, isError: true, into: collector) }
                try await group.waitForAll()
            }
        }
        return result.terminationStatus
    }

    private static func read(
        _ stream: SubprocessOutputSequence, isError: Bool, into collector: OutputCollector
    ) async throws {
        var splitter = LineSplitter()
        for try await buffer in stream {
            buffer.withUnsafeBytes { bytes in
                splitter.add(bytes) { collector.add($0, isError: isError) }
            }
        }
        splitter.finish { collector.add($0, isError: isError) }
    }
}
