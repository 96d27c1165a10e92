public import Failures

/// A program that could not be run, or did not do what it was run for.
public struct ProcessError: Failure, Equatable {
    public enum Reason: Sendable, Equatable {
        /// There is no such program at the path, or in `PATH`.
        case missing
        /// The file at this path is there and may not be executed.
        case notExecutable(String)
        /// The operating system refused to start it.
        case cannotStart(String)
        /// It was stopped because it ran longer than this many seconds.
        case timeLimit(Double, ProcessResult)
        /// It ended with something other than exit code 0.
        case failed(ProcessResult)
    }

    public let reason: Reason
    public let command: CommandLine

    public init(reason: Reason, command: CommandLine) {
        self.reason = reason
        self.command = command
    }

    public var kind: FailureKind {
        switch reason {
        case .missing: .unavailable
        case .notExecutable: .notPermitted
        case .cannotStart, .timeLimit, .failed: .operation
        }
    }

    public var code: String {
        switch reason {
        case .missing: "program-missing"
        case .notExecutable: "program-not-executable"
        case .cannotStart: "program-cannot-start"
        case .timeLimit: "program-time-limit"
        case .failed: "program-failed"
        }
    }

    public var message: String {
        switch reason {
        case .missing: "program \(command.program) not found"
        case .notExecutable(let path): "program \(path) may not be executed by this user"
        case .cannotStart(let why): "program \(command.program) could not be started: \(why)"
        case .timeLimit(let seconds, _):
            "program \(command.program) did not end within \(Self.text(seconds)) s and was stopped"
        case .failed(let result): "program \(command.program) failed with \(result.exit)"
        }
    }

    public var hint: String? {
        switch reason {
        case .missing where command.program.contains("/"): "install it, or correct its path"
        case .missing: "install it, or add its directory to PATH (\(command.environment["PATH"] ?? "empty"))"
        case .notExecutable: "check its permissions and those of the directories above it"
        case .cannotStart:
            "see that the file is a program for this machine, and that this user may start more: ulimit -u"
        case .timeLimit: "see what it waits for (a lock, a disk, the network), then run the same again"
        case .failed: "mend what it says, then run the same again"
        }
    }

    /// The command, and the last lines of standard error, or of standard output when standard error was silent.
    public var details: [String] {
        let last: [String] =
            switch reason {
            case .missing, .notExecutable, .cannotStart: []
            case .timeLimit(_, let result), .failed(let result):
                result.errorOutput.isEmpty ? result.output : result.errorOutput
            }
        return ["command: \(command.rendered)"] + last.suffix(20)
    }

    private static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() && abs(seconds) < 1e15 ? String(Int64(seconds)) : String(seconds)
    }
}
