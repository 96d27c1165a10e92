/// Something an operation says while it works, for people and for the task's log.
public enum OperationEvent: Sendable, Equatable {
    /// A new phase has begun; `node` is nil when it concerns the whole database.
    case phase(node: String?, text: String)
    /// How far a long child process is.
    case progress(node: String, percent: Double, bytesDone: Int64?, bytesTotal: Int64?)
    /// Worth knowing.
    case info(String)
    /// Worth acting on, though the operation goes on.
    case warning(String)
    /// A line that a child process said, for the log.
    case childLine(node: String?, text: String)
}

/// Where an operation's events go: the terminal, the task's log, or a test.
public protocol Reporter: Sendable {
    /// Takes the event; never blocks for long and never throws.
    func report(_ event: OperationEvent)
}

/// Gives every event to several reporters.
public struct ReporterGroup: Reporter {
    private let members: [any Reporter]
    public init(_ members: [any Reporter]) { self.members = members }
    public func report(_ event: OperationEvent) {
        for member in members { member.report(event) }
    }
}

/// Listens to nobody; for operations whose events nobody wants.
public struct SilentReporter: Reporter {
    public init() {}
    public func report(_ event: OperationEvent) {}
}
