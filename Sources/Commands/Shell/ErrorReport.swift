import Failures
import PositionedJSON
import Spec

/// An error as the person, and the program, that called sees it.
struct ErrorReport: Sendable, Equatable {
    var code: String
    var message: String
    var hint: String?
    var details: [String] = []
    var exitCode: Int32
    /// What is wrong with a spec or request, one by one.
    var problems: [SpecProblem] = []
    /// The task that failed.
    var task: String?

    private static let defectHint = "this is a defect in pgstanza; please report it with the command line and this text"

    /// The report of `error`; `signal` is the signal that made the command stop, when one did.
    init(_ error: any Error, task: String? = nil, signal: Int32? = nil) {
        self.task = task
        switch error {
        case is CancellationError:
            let number = signal ?? 2
            code = "interrupted"
            message = number == 2 ? "interrupted" : "ended by signal \(number)"
            exitCode = ExitStatus.code(for: .interrupted(signal: number))
        case let failure as any Failure:
            code = failure.code
            message = failure.message
            hint = failure.hint ?? (failure.kind == .defect ? Self.defectHint : nil)
            details = failure.details
            exitCode = ExitStatus.code(for: failure.kind)
            if let syntax = failure as? JSONSyntaxError { problems = [SpecProblem(syntax)] }
            if let spec = failure as? SpecProblems {
                problems = spec.problems
                details = []
            }
        default:
            code = "defect"
            message = "something happened that pgstanza does not expect: \(error)"
            hint = Self.defectHint
            exitCode = ExitStatus.code(for: .defect)
        }
    }

    /// The lines for people, without colours: `error: …`, `hint: …`, then what else is worth reading.
    func lines(colors: Bool) -> [String] {
        let label = Color.red.paint("error:", colors)
        let hintLabel = Color.green.paint("hint:", colors)
        func hintLine(_ text: String) -> String { "\(hintLabel) \(Self.plain(text))" }
        var lines: [String]
        if problems.isEmpty {
            lines = ["\(label) \(Self.plain(message))"]
        } else {
            lines = problems.flatMap { problem in
                ["\(label) \(Self.plain(problem.text))"] + (problem.hint.map { [hintLine($0)] } ?? [])
            }
        }
        lines += details.map { "  " + Printable.line($0) }
        if let task { lines.append("  task \(task); 'pgstanza task log \(task)' shows what it did") }
        if problems.isEmpty, let hint { lines.append(hintLine(hint)) }
        return lines
    }

    /// The document for programs, on one line.
    var document: JSONTree {
        var object: [String: JSONTree] = [
            "error": .object([
                "code": .string(code), "message": .string(message), "hint": JSONTree(hint),
                "exit_code": .integer(Int64(exitCode)), "task": JSONTree(task),
                "details": .array(details.map { .string($0) }),
            ])
        ]
        if !problems.isEmpty { object["problems"] = .array(problems.map(\.document)) }
        return .object(object)
    }

    /// A message may go over several lines; nothing else in it may move the cursor.
    private static func plain(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { Printable.line(String($0)) }
            .joined(separator: "\n  ")
    }
}

extension SpecProblem {
    /// A syntax error as a problem of the file as a whole.
    init(_ error: JSONSyntaxError) {
        self.init(
            file: error.file, line: error.position.line, column: error.position.column, path: "",
            message: error.reason, hint: error.hint)
    }

    /// The problem as `--json` shows it.
    var document: JSONTree {
        .object([
            "file": .string(file), "line": .integer(Int64(line)), "column": .integer(Int64(column)),
            "path": .string(path), "message": .string(message), "hint": JSONTree(hint),
        ])
    }
}
