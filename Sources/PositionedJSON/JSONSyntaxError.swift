import Failures

/// A text is not JSON, and where.
///
/// Neither the reason nor the hint repeats a string or an unquoted value of the text: it may be a password.
public struct JSONSyntaxError: Failure, Hashable {
    /// The file as it was named to the parser.
    public let file: String
    /// The character that cannot be there; for a string or comment that never ends, its beginning.
    public let position: Position
    /// What was found and what was expected, without the place.
    public let reason: String
    /// How to mend it.
    public let hint: String?

    public var kind: FailureKind { .invalidInput }
    public var code: String { "json-syntax" }
    /// `file:line:column: reason`.
    public var message: String { "\(file):\(position): \(reason)" }

    public init(file: String, position: Position, reason: String, hint: String?) {
        self.file = file
        self.position = position
        self.reason = reason
        self.hint = hint
    }
}
