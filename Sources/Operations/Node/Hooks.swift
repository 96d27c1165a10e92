import Failures
import PositionedJSON
import Processes
import SystemPackage

/// The programs that a spec has run around backups and restores: `orchestrator_opts.local.hooks`.
///
/// Each gets a JSON object about the event on its standard input: `event`, `database`, `node`, `pgdata`, `port`, `time`
/// and what the event adds. What is a word or a number in it stands in its environment too, `PGSTANZA_EVENT` and so on,
/// for shell scripts, and `PGSTANZA_HOME`. What it says goes into the task's log.
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
    /// Less than a pipe holds (pipe(7)), so that a hook that does not read keeps nobody waiting.
    private static let longestText = 8192

    private let tools: NodeTools
    private let node: NodePlacement

    public init(_ tools: NodeTools, _ node: NodePlacement) {
        self.tools = tools
        self.node = node
    }

    /// Runs the node's hook for an event; nothing to do when it has none.
    ///
    /// `details` are further members of the object. Throws `hook-failed` (1) when the hook does not end with 0, and what
    /// running it throws: that it is missing, or took too long.
    public func run(_ event: Event, _ details: [String: JSONTree] = [:]) async throws {
        guard let arguments = node.spec.local.hooks[event.rawValue], let program = arguments.first else { return }
        tools.context.reporter.report(.phase(node: node.name, text: "running the hook \(event.rawValue)"))
        let reporter = tools.context.reporter
        let name = node.name
        let members = members(event, details)
        let command = command(program, Array(arguments.dropFirst()), members)
        let input = try Self.pipe(JSONTree.object(members).text(pretty: false) + "\n")
        defer { try? input.close() }
        let result = try await ProcessRunner.run(
            command,
            options: ProcessOptions(
                timeLimit: Self.timeLimit, keepLines: 20, input: input,
                onLine: { reporter.report(.childLine(node: name, text: $0.text)) }))
        guard result.exit.isSuccess else {
            throw OperationError(
                .operation, code: "hook-failed", "the hook \(event.rawValue) of \(name) ended with \(result.exit)",
                hint: "see orchestrator_opts.local.hooks in the spec",
                details: ["command: \(command.rendered)"] + result.output + result.errorOutput)
        }
    }

    /// Runs a hook whose failure must not make a failure of what was done: it is a warning.
    public func runAfterwards(_ event: Event, _ details: [String: JSONTree] = [:]) async {
        do {
            try await run(event, details)
        } catch {
            let reason = (error as? any Failure)?.message ?? "\(error)"
            tools.context.reporter.report(.warning(reason))
        }
    }

    /// Tells the node's hook `on_failure` of an error; not of being told to stop, which somebody knows already.
    public func runOnFailure(_ error: any Error, _ details: [String: JSONTree] = [:]) async {
        guard !(error is CancellationError) else { return }
        let failure = error as? any Failure
        var details = details
        details["error"] = .string(Self.cut(failure?.message ?? "\(error)"))
        details["error_code"] = .string(failure?.code ?? "defect")
        await runAfterwards(.onFailure, details)
    }

    private func members(_ event: Event, _ details: [String: JSONTree]) -> [String: JSONTree] {
        let members: [String: JSONTree] = [
            "event": .string(event.rawValue), "database": .string(node.databaseID),
            "database_name": .string(node.databaseName), "node": .string(node.name),
            "pgdata": .string(node.primary.pgdata), "port": .integer(Int64(node.primary.port)),
            "socket_dir": .string(node.primary.socketDir), "time": .string(tools.context.now().iso8601),
        ]
        return members.merging(details) { $1 }
    }

    private func command(_ program: String, _ arguments: [String], _ members: [String: JSONTree]) -> CommandLine {
        var environment = CommandLine.cleanEnvironment
        // For a hook that calls pgstanza itself.
        environment["PGSTANZA_HOME"] = tools.context.home.path
        for (name, value) in members {
            switch value {
            case .string(let text): environment["PGSTANZA_" + name.uppercased()] = text
            case .integer(let number): environment["PGSTANZA_" + name.uppercased()] = String(number)
            default: break
            }
        }
        return CommandLine(program: program, arguments: arguments, environment: environment)
    }

    /// A descriptor from which `text` can be read, and then the end.
    private static func pipe(_ text: String) throws -> FileDescriptor {
        let ends = try FileDescriptor.pipe(options: .closeOnExec)
        do {
            try ends.writeEnd.closeAfter { _ = try ends.writeEnd.writeAll(text.utf8) }
            return ends.readEnd
        } catch {
            try? ends.readEnd.close()
            throw error
        }
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= longestText ? text : String(text.prefix(longestText / 4)) + "…"
    }
}
