public import SystemPackage

/// How a process is run.
public struct ProcessOptions: Sendable {
    /// Seconds after which the process is stopped and the run fails; nil means as long as it takes.
    public var timeLimit: Double?
    /// How many of the last lines of each stream the result keeps; `Int.max` keeps all.
    public var keepLines: Int
    /// Standard input. The caller opens and closes it; nil means `/dev/null`.
    public var input: FileDescriptor?
    /// Where standard output goes, byte for byte; the result then holds none of it. The caller opens and closes it;
    /// nil means that it is read as lines.
    public var output: FileDescriptor?
    /// Called with every line as it comes, one call at a time. It holds up reading, and so the child, while it runs.
    public var onLine: (@Sendable (OutputLine) -> Void)?
    /// Seconds that a process which is being stopped has after SIGINT until SIGTERM, and again until SIGKILL.
    public var graceSeconds: Double

    public init(
        timeLimit: Double? = nil, keepLines: Int = 200, input: FileDescriptor? = nil,
        output: FileDescriptor? = nil, onLine: (@Sendable (OutputLine) -> Void)? = nil, graceSeconds: Double = 10
    ) {
        self.timeLimit = timeLimit
        self.keepLines = keepLines
        self.input = input
        self.output = output
        self.graceSeconds = graceSeconds
        self.onLine = onLine
    }
}
