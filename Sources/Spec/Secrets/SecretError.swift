import Failures

/// A secret that is kept outside the spec could not be had.
public struct SecretError: Failure, Hashable {
    public let kind: FailureKind
    public let code: String
    public let message: String
    public let hint: String?
}
