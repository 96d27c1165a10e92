import Failures

/// Why something about logical replication could not be done.
public struct ReplicationError: Failure {
    public let kind: FailureKind
    public let code: String
    public let message: String
    public let hint: String?
    public let details: [String]

    public init(
        _ kind: FailureKind, code: String, _ message: String, hint: String? = nil, details: [String] = []
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
    }
}
