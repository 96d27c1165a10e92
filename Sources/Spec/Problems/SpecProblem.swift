import Failures

/// One mistake in a spec or request, with the place where it can be mended.
public struct SpecProblem: Sendable, Hashable {
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in characters.
    public let column: Int
    /// Where in the document, as in `spec.backup_config.repositories[0].type`; empty for the document itself.
    public let path: String
    /// What was found and what is expected; never holds a secret.
    public let message: String
    public let hint: String?

    public init(file: String, line: Int, column: Int, path: String, message: String, hint: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.hint = hint
    }

    /// `file:line:column: path: message`, as compilers write it, so that editors can jump there.
    public var text: String {
        let place = "\(file):\(line):\(column): "
        return path.isEmpty ? place + message : place + path + ": " + message
    }
}

/// Everything that is wrong with one file, in the order of the file.
public struct SpecProblems: Failure {
    /// At least one.
    public let problems: [SpecProblem]

    public init(problems: [SpecProblem]) {
        self.problems = problems
    }

    public var kind: FailureKind { .invalidInput }
    public var code: String { "invalid-spec" }

    public var message: String {
        guard let first = problems.first else { return "the file is not valid" }
        return problems.count == 1 ? first.text : "\(first.file) has \(problems.count) problems"
    }

    public var hint: String? { problems.count == 1 ? problems[0].hint : nil }

    public var details: [String] {
        guard problems.count > 1 else { return [] }
        return problems.flatMap { problem in
            [problem.text] + (problem.hint.map { ["  hint: " + $0] } ?? [])
        }
    }
}
