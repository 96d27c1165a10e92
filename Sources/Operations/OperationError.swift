import Failures

/// Why an operation could not be done, or may not be.
public struct OperationError: Failure {
    public let kind: FailureKind
    public let code: String
    public let message: String
    public let hint: String?
    public let details: [String]
    /// What led to it, when that was an error itself.
    public let underlying: (any Error)?

    public init(
        _ kind: FailureKind, code: String, _ message: String, hint: String? = nil, details: [String] = [],
        underlying: (any Error)? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
        self.underlying = underlying
    }
}
