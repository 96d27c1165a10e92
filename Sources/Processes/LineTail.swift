import Synchronization

/// The last lines of a stream.
struct LineTail {
    private let limit: Int
    private var lines: [String] = []

    init(limit: Int) {
        self.limit = max(0, limit)
    }

    mutating func add(_ line: String) {
        guard limit > 0 else { return }
        lines.append(line)
        // Trimmed now and then, so that a line costs the same however many have gone before.
        if limit < Int.max / 2 && lines.count >= limit * 2 { lines.removeFirst(lines.count - limit) }
    }

    var kept: [String] { lines.count > limit ? Array(lines.suffix(limit)) : lines }
}

/// Takes the lines of both streams of a child, which are read side by side.
final class OutputCollector: Sendable {
    private struct State {
        var output: LineTail
        var errors: LineTail
    }

    private let state: Mutex<State>
    private let onLine: (@Sendable (OutputLine) -> Void)?

    init(keepLines: Int, onLine: (@Sendable (OutputLine) -> Void)?) {
        state = Mutex(State(output: LineTail(limit: keepLines), errors: LineTail(limit: keepLines)))
        self.onLine = onLine
    }

    func add(_ text: String, isError: Bool) {
        state.withLock { state in
            if isError { state.errors.add(text) } else { state.output.add(text) }
            // Within the lock, so that the caller sees one line at a time.
            onLine?(OutputLine(isError: isError, text: text))
        }
    }

    var output: [String] { state.withLock { $0.output.kept } }
    var errors: [String] { state.withLock { $0.errors.kept } }
}
