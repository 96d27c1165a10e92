import Failures

/// A text is no cron expression, or one that never comes due.
public struct CronError: Failure, Hashable {
    public let message: String
    public let hint: String?

    public var kind: FailureKind { .invalidInput }
    public var code: String { "cron-expression" }

    init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }
}
