import Failures

/// What can go wrong between the command line and the operations.
public struct CommandsError: Failure {
    public let kind: FailureKind
    public let code: String
    public let message: String
    public let hint: String?
    public let details: [String]

    public init(_ kind: FailureKind, code: String, _ message: String, hint: String? = nil, details: [String] = []) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
    }
}

/// Ends a command that has said all there is to say with an exit code of its own, such as `doctor` and `check`.
struct QuietExit: Error {
    let status: Int32
}
