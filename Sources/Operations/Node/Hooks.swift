import Failures
import Processes

/// The programs that a spec has run around backups and restores: `orchestrator_opts.local.hooks`.
///
/// Each gets what it is about in its environment: `PGSTANZA_EVENT`, `PGSTANZA_DATABASE`, `PGSTANZA_NODE`,
/// `PGSTANZA_PGDATA`, `PGSTANZA_PORT`, and what the event adds. What it says goes into the task's log.
public struct Hooks: Sendable {
    public enum Event: String, Sendable {
        case beforeBackup = "before_backup"
        case afterBackup = "after_backup"
        case beforeRestore = "before_restore"
        case afterRestore = "after_restore"
        case onFailure = "on_failure"
    }

    /// How long a hook may take, in seconds.
    public static let timeLimit = 3600.0

    private let tools: NodeTools
    private let node: NodePlacement

    public init(_ tools: NodeTools, _ node: NodePlacement) {
        self.tools = tools
        self.node = node
    }

    /// Runs the node's hook for an event; nothing to do when it has none.
    ///
    /// `details` are further variables, without the `PGSTANZA_` in front. Throws `hook-failed` (1) when it does not end
    /// with 0.
    public func run(_ event: Event, _ details: [String: String] = [:]) async throws {
        guard let arguments = node.spec.local.hooks[event.rawValue], let program = arguments.first else { return }
        tools.context.reporter.report(.phase(node: node.name, text: "running the hook \(event.rawValue)"))
        let reporter = tools.context.reporter
        let name = node.name
        let command = command(program, Array(arguments.dropFirst()), event, details)
        let result = try await ProcessRunner.run(
            command,
            options: ProcessOptions(
                timeLimit: Self.timeLimit, keepLines: 20,
                onLine: { reporter.report(.childLine(node: name, text: $0.text)) }))
        guard result.exit.isSuccess else {
            throw OperationError(
                .operation, code: "hook-failed", "the hook \(event.rawValue) of \(name) ended with \(result.exit)",
                hint: "see orchestrator_opts.local.hooks in the spec",
                details: ["command: \(command.rendered)"] + result.output + result.errorOutput)
        }
    }

    /// Runs a hook whose failure must not make a failure of what was done: it is a warning.
    public func runAfterwards(_ event: Event, _ details: [String: String] = [:]) async {
        do {
            try await run(event, details)
        } catch {
            let reason = (error as? any Failure)?.message ?? "\(error)"
            tools.context.reporter.report(.warning(reason))
        }
    }

    private func command(
        _ program: String, _ arguments: [String], _ event: Event, _ details: [String: String]
    ) -> CommandLine {
        var variables = [
            "EVENT": event.rawValue, "DATABASE": node.databaseID, "NODE": node.name, "PGDATA": node.primary.pgdata,
            "PORT": String(node.primary.port),
        ]
        variables.merge(details) { $1 }
        var environment = CommandLine.cleanEnvironment
        for (name, value) in variables { environment["PGSTANZA_" + name] = value }
        return CommandLine(program: program, arguments: arguments, environment: environment)
    }
}
