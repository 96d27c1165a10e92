import Catalog
import Failures
import Operations

/// What a command that runs as a task says about it.
struct TaskDescription: Sendable {
    let kind: String
    let database: String
    let nodes: [String]
    /// `--detach`: start it in a session of its own and return at once.
    let detach: Bool
    /// Seconds to wait for locks; see ``LockOptions/seconds(_:)``.
    let lockWait: Double?

    init(
        _ kind: String, _ database: String, nodes: [String] = [], detach: Bool = false, lockWait: Double? = nil
    ) {
        self.kind = kind
        self.database = database
        self.nodes = nodes
        self.detach = detach
        self.lockWait = lockWait
    }
}

extension CommandContext {
    /// Runs `body` as a task: with a record, a log and progress that `pgstanza task` shows, ended with its state and
    /// error whatever happens.
    ///
    /// - Returns: what `body` gives; nil when the task was detached, and its id has been printed.
    /// - Throws: what `body` throws, and `CatalogError` when the task's files cannot be written.
    func runTask<Value: Sendable>(
        _ description: TaskDescription, _ body: (RunningTask) async throws -> Value
    ) async throws -> Value? {
        if description.detach {
            try await Detachment(context: self).start(description)
            return nil
        }
        return try await performTask(
            description, id: session.task == nil ? session.promisedTask : nil, isWhole: true, body)
    }

    /// The same in the foreground, for one of several tasks of a command unless it is the whole (`isWhole`): only that
    /// one is named by the command's own error.
    func performTask<Value: Sendable>(
        _ description: TaskDescription, id: String? = nil, isWhole: Bool, _ body: (RunningTask) async throws -> Value
    ) async throws -> Value {
        let handle = try tasks.create(
            kind: description.kind, database: description.database, nodes: description.nodes,
            command: CommandText.masked(arguments), id: id)
        if isWhole { session.begin(task: handle.id) }
        output.detail("task \(handle.id)")
        let reporter = CommandReporter(output: output, handle: handle)
        let running = RunningTask(handle: handle, operation: operation(reporter, lockWait: description.lockWait))
        do {
            let value = try await body(running)
            if isWhole { output.endProgress() }
            handle.log("done")
            try handle.finish(.done)
            return value
        } catch {
            if isWhole { output.endProgress() }
            end(handle, with: error)
            throw error
        }
    }

    private func end(_ handle: TaskHandle, with error: any Error) {
        let report = ErrorReport(error, signal: session.signal)
        let state: TaskState = report.code == "interrupted" ? .cancelled : .failed
        handle.log(report.lines(colors: false).joined(separator: "\n"))
        do {
            try handle.finish(
                state,
                error: TaskError(
                    code: report.code, message: report.message, hint: report.hint, exitCode: report.exitCode))
        } catch {
            // The first error is the one to tell; a record left behind reads as interrupted, which is near enough.
            output.warning("the end of task \(handle.id) could not be written: \(error)")
        }
    }
}

/// A task while its body runs.
struct RunningTask: Sendable {
    let handle: TaskHandle
    /// What the operation is handed; its reporter writes to the terminal and to the task's log.
    let operation: OperationContext
}
