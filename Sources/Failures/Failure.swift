/// The classes of failure that a caller can tell apart by exit code.
///
/// The numbers themselves are given in one place, `ExitStatus` in `Commands`.
public enum FailureKind: Sendable, Hashable {
    /// The operation was tried and failed.
    case operation
    /// The command line is wrong.
    case usage
    /// A spec or request is not valid.
    case invalidInput
    /// No such database, node, backup, task or file.
    case notFound
    /// A needed program or server is missing or does not answer.
    case unavailable
    /// A defect in pgstanza itself.
    case defect
    /// Refused: unsafe, unconfirmed, or resting on something that has moved.
    case refused
    /// Somebody else holds the lock.
    case busy
    /// The operating system or the server does not permit it.
    case notPermitted
    /// Ended by the signal with this number (2 or 15).
    case interrupted(signal: Int32)
}

/// An error that can be shown to the person who has to act on it.
///
/// Each target has one type that conforms. Everything thrown out of an operation conforms; anything else
/// that reaches the executable is reported as a defect.
public protocol Failure: Error, Sendable, CustomStringConvertible {
    /// Which class it belongs to; decides the exit code.
    var kind: FailureKind { get }
    /// A short stable name in kebab case, for programs that read `--json`.
    var code: String { get }
    /// What happened and where, in one sentence without a full stop; never a secret.
    var message: String { get }
    /// What to do about it, when something is known to help.
    var hint: String? { get }
    /// Further lines worth reading: the command that failed, the last lines it said.
    var details: [String] { get }
}

extension Failure {
    public var hint: String? { nil }
    public var details: [String] { [] }
    public var description: String { message }
}
