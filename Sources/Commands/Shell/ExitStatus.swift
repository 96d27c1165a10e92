import Failures

/// The exit codes, in the numbers of sysexits.h where that has one.
enum ExitStatus {
    static let done: Int32 = 0

    /// The exit code of a failure.
    static func code(for kind: FailureKind) -> Int32 {
        switch kind {
        case .operation: 1
        case .usage: 64
        case .invalidInput: 65
        case .notFound: 66
        case .unavailable: 69
        case .defect: 70
        case .refused: 73
        case .busy: 75
        case .notPermitted: 77
        case .interrupted(let signal): 128 + signal
        }
    }

    /// The class of failure behind an exit code that another pgstanza ended with.
    static func kind(for code: Int32) -> FailureKind {
        let kinds: [FailureKind] = [
            .usage, .invalidInput, .notFound, .unavailable, .defect, .refused, .busy, .notPermitted,
        ]
        if let kind = kinds.first(where: { self.code(for: $0) == code }) { return kind }
        return (129...159).contains(code) ? .interrupted(signal: code - 128) : .operation
    }
}
