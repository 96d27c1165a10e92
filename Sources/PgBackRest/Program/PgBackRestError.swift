public import Failures
import Processes

/// Something that pgBackRest, or the use of it, went wrong with. Holds no secret.
public struct PgBackRestError: Failure, Equatable {
    public enum Reason: Sendable, Equatable {
        /// The program ended with this exit code.
        case exited(Int32)
        /// The program was ended by this signal.
        case signalled(Int32)
        /// A configuration cannot be written because of this option.
        case configuration(option: String)
        /// What the program said is not what this version of pgstanza reads.
        case unreadableOutput
        /// The repository does not hold it.
        case missing
        /// The installed version cannot do it.
        case unsupported
        /// A file of our own could not be written.
        case localFile
    }

    public let reason: Reason
    public let message: String
    public let hint: String?
    /// The command line as people read it; nil when none was run.
    public let command: String?
    /// The last lines that were said, without what may hold a secret.
    public let lines: [String]

    public init(reason: Reason, message: String, hint: String? = nil, command: String? = nil, lines: [String] = []) {
        self.reason = reason
        self.message = message
        self.hint = hint ?? reason.usualHint
        self.command = command
        self.lines = lines
    }

    /// The exit code, when it ended with one.
    public var exitCode: Int32? {
        if case .exited(let code) = reason { code } else { nil }
    }

    /// pgBackRest's name for the exit code, as in `pg-running`.
    public var exitName: String? { exitCode.flatMap(ExitNames.name) }

    public var kind: FailureKind {
        switch reason {
        case .exited(50): .busy
        case .exited(49), .exited(56): .unavailable
        case .exited(75): .notFound
        case .exited(41), .exited(42), .exited(47), .exited(52...54), .exited(60), .exited(61), .exited(64),
            .exited(74), .exited(83), .exited(88):
            lines.contains { $0.contains("Permission denied") || $0.contains("Operation not permitted") }
                || message.contains("Permission denied") || message.contains("Operation not permitted")
                ? .notPermitted : .operation
        case .exited where message.contains("HTTP request failed with 403"),
            .exited where message.contains("HTTP request failed with 401"):
            .notPermitted
        case .exited, .signalled, .unreadableOutput, .unsupported, .localFile: .operation
        case .configuration: .invalidInput
        case .missing: .notFound
        }
    }

    public var code: String {
        switch reason {
        case .exited: exitName.map { "pgbackrest-" + $0 } ?? "pgbackrest-failed"
        case .signalled: "pgbackrest-signalled"
        case .configuration: "stanza-configuration"
        case .unreadableOutput: "pgbackrest-output"
        case .missing: "repository-file-missing"
        case .unsupported: "pgbackrest-unsupported"
        case .localFile: "local-file"
        }
    }

    public var details: [String] { (command.map { ["command: " + $0] } ?? []) + lines.suffix(20) }
}

extension PgBackRestError {
    /// The error for a run that did not end well.
    ///
    /// - Parameter lines: what was said, filtered by ``RequestDumpFilter``.
    init(command: CommandLine, name: String, exit: ProcessExit, lines: [String]) {
        let said = lines.compactMap(LogLine.init)
        let complaint = said.last { $0.level == "ERROR" }.map { error in
            // The dump that would follow the colon is left out.
            let text = error.text.hasSuffix(":") ? String(error.text.dropLast()) : error.text
            return text + (RequestDumpFilter.serverCode(in: lines).map { ", \($0)" } ?? "")
        }
        let ending: String
        let reason: Reason
        switch exit {
        case .exited(let code):
            reason = .exited(code)
            ending = "exit code \(code)" + (ExitNames.name(code).map { " (\($0))" } ?? "")
        case .signalled(let signal):
            reason = .signalled(signal)
            ending = "signal \(signal)"
        }
        self.init(
            reason: reason,
            message: "pgbackrest \(name) failed with \(ending)" + (complaint.map { ": " + $0 } ?? ""),
            hint: reason.exitCode.flatMap { ExitHints.hint($0, complaint: complaint ?? "") } ?? LogLine.hint(in: lines),
            command: command.rendered, lines: lines.filter { !LogLine.isDetail($0) })
    }
}

extension PgBackRestError.Reason {
    /// What helps where nothing better is known.
    fileprivate var usualHint: String? {
        switch self {
        case .exited: "mend what it says, then run the same again; pgbackrest help explains its options"
        case .signalled(9): "somebody killed it, or the kernel for want of memory: see dmesg, then run the same again"
        case .signalled: "run the same again"
        case .configuration(let option): "correct \(option) in the spec"
        case .unreadableOutput: "see that pgBackRest's version is one that pgstanza knows: pgstanza doctor"
        case .missing: "pgstanza backups ID lists what the repositories hold"
        case .unsupported: "install a pgBackRest that can: pgstanza doctor names the version at hand"
        case .localFile: "see that there is room, and that the directory is this user's"
        }
    }

    fileprivate var exitCode: Int32? {
        if case .exited(let code) = self { code } else { nil }
    }
}
