import PositionedJSON

/// What is wrong with a value, and how to mend it.
struct Complaint: Sendable, Equatable {
    let message: String
    let hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// Collects what one reading of a file finds: its problems, and the keys that are accepted and not used.
final class Report {
    let file: String
    private(set) var notUsed: [String] = []
    private var found: [(position: Position, problem: SpecProblem)] = []
    private var pathsWithProblem: Set<String> = []

    init(file: String) {
        self.file = file
    }

    /// Notes a problem, unless one is known with the same value: what follows from a mistake is not a second mistake.
    func add(_ complaint: Complaint, at position: Position, path: String) {
        guard pathsWithProblem.insert(path).inserted else { return }
        let problem = SpecProblem(
            file: file, line: position.line, column: position.column, path: path, message: complaint.message,
            hint: complaint.hint)
        found.append((position, problem))
    }

    func addNotUsed(_ path: String) {
        notUsed.append(path)
    }

    /// In the order of the file; problems of one place in the order in which they were found.
    var problems: [SpecProblem] {
        found.enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map(\.element.problem)
    }

    /// Throws ``SpecProblems`` when there are any.
    func finish() throws(SpecProblems) {
        if !found.isEmpty { throw SpecProblems(problems: problems) }
    }
}
