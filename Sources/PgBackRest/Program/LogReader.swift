import Processes
import Synchronization

/// Takes the log of a running command apart: progress, and the lines worth keeping.
final class LogReader: Sendable {
    private struct State {
        var filter = RequestDumpFilter()
        var progress: ProgressReader
        var lines: [String] = []
    }

    private static let keptLines = 1000
    private let state: Mutex<State>
    private let onProgress: (@Sendable (Progress) -> Void)?
    private let onLine: (@Sendable (String) -> Void)?

    init(
        expectedBytes: Int64?, onProgress: (@Sendable (Progress) -> Void)?, onLine: (@Sendable (String) -> Void)?
    ) {
        state = Mutex(State(progress: ProgressReader(expectedBytes: expectedBytes)))
        self.onProgress = onProgress
        self.onLine = onLine
    }

    /// To be called for one line after the other.
    func add(_ line: String) {
        let (progress, shown) = state.withLock { state -> (Progress?, String?) in
            guard let shown = state.filter.pass(line) else { return (nil, nil) }
            if let progress = state.progress.read(shown) { return (progress, nil) }
            // Tens of thousands of lines about single files are no use to anybody.
            if LogLine.isDetail(shown) { return (nil, nil) }
            state.lines.append(shown)
            if state.lines.count >= Self.keptLines * 2 { state.lines.removeFirst(Self.keptLines) }
            return (nil, shown)
        }
        if let progress { onProgress?(progress) }
        if let shown { onLine?(shown) }
    }

    var lines: [String] { state.withLock { $0.lines } }
}
