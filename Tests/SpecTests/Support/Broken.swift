import Spec
import Testing

/// A valid document with one piece replaced, and what must be said about it.
///
/// The replacement holds the mark `‸` where the problem must be reported; line and column are counted from there,
/// so that they do not come from the parser under test.
struct Broken: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let path: String
    let message: String
    let hint: String?

    init(_ old: String, _ new: String, path: String, _ message: String, hint: String?) {
        self.old = old
        self.new = new
        self.path = path
        self.message = message
        self.hint = hint
    }

    var testDescription: String { "\(path): \(new.replacing("‸", with: ""))" }

    /// Breaks `base`, which must hold the piece once, and expects exactly this problem.
    func check(
        in base: String, read: ([UInt8], String) throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let marked = try Marked(base: base, replacing: [(old, new)], sourceLocation: sourceLocation)
        let problems = Problems.of(marked.text, read: read)
        let position = try #require(marked.positions.first, sourceLocation: sourceLocation)
        let expected = SpecProblem(
            file: Problems.file, line: position.line, column: position.column, path: path, message: message, hint: hint)
        #expect(problems == [expected], sourceLocation: sourceLocation)
    }
}

/// A text made of another by replacing pieces, with the places that were marked.
struct Marked {
    let text: String
    /// Of the marks, in the order of the text; from 1, in Unicode scalars.
    let positions: [(line: Int, column: Int)]

    init(
        base: String, replacing pieces: [(old: String, new: String)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var marked = base
        for piece in pieces {
            let parts = marked.split(separator: piece.old, omittingEmptySubsequences: false)
            try #require(
                parts.count == 2, "\(piece.old) stands \(parts.count - 1) times in the base",
                sourceLocation: sourceLocation)
            marked = parts.joined(separator: piece.new)
        }
        var text = ""
        var positions: [(Int, Int)] = []
        var place = (line: 1, column: 1)
        for scalar in marked.unicodeScalars {
            if scalar == "‸" {
                positions.append(place)
                continue
            }
            text.unicodeScalars.append(scalar)
            place = scalar == "\n" ? (place.line + 1, 1) : (place.line, place.column + 1)
        }
        self.text = text
        self.positions = positions
    }
}

/// What is wrong with a text.
enum Problems {
    static let file = "test.json"

    /// The problems that reading throws; none when it does not.
    static func of(_ text: String, read: ([UInt8], String) throws -> Void) -> [SpecProblem] {
        do {
            try read(Array(text.utf8), file)
            return []
        } catch let error as SpecProblems {
            return error.problems
        } catch {
            Issue.record("reading threw \(error), which is no SpecProblems")
            return []
        }
    }

    static func ofDatabase(_ text: String) -> [SpecProblem] {
        of(text) { _ = try SpecReader.readDatabase($0, file: $1) }
    }
}
