/// How a process ended.
public enum ProcessExit: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    public var isSuccess: Bool { self == .exited(0) }

    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}

/// One line that a child said, without its line feed. Bytes that are not UTF-8 are replaced.
public struct OutputLine: Sendable, Hashable {
    public let isError: Bool
    public let text: String
    public init(isError: Bool, text: String) {
        self.isError = isError
        self.text = text
    }
}

/// What is known of a process that has ended.
public struct ProcessResult: Sendable, Hashable {
    public let exit: ProcessExit
    /// The last lines of standard output, at most `keepLines` of them.
    public let output: [String]
    /// The last lines of standard error, at most `keepLines` of them.
    public let errorOutput: [String]
    /// From the start to the end of the process.
    public let seconds: Double

    public init(exit: ProcessExit, output: [String], errorOutput: [String], seconds: Double) {
        self.exit = exit
        self.output = output
        self.errorOutput = errorOutput
        self.seconds = seconds
    }

    /// Throws a ``ProcessError`` that keeps `command` and the last lines unless the process exited with 0.
    @discardableResult
    public func requireSuccess(of command: CommandLine) throws(ProcessError) -> ProcessResult {
        guard exit.isSuccess else { throw ProcessError(reason: .failed(self), command: command) }
        return self
    }
}
