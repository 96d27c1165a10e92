import Glibc
import Synchronization

/// What standard error shows of a long job: on a terminal a moving line per node, else a plain line per phase.
final class ProgressView: Sendable {
    /// Bars are drawn this often at most, in seconds.
    private static let interval = 0.1

    private let isMoving: Bool
    private let isQuiet: Bool
    private let width: @Sendable () -> Int
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    private struct State {
        var lines: [ProgressLine] = []
        /// Lines on the screen that belong to the bars; the cursor stands at the end of the last.
        var drawn = 0
        var lastDrawn = -Double.infinity
        /// Keeps the times moving while nothing is reported: one file can take minutes.
        var ticker: Task<Void, Never>?
    }

    init(
        isMoving: Bool, isQuiet: Bool, width: @escaping @Sendable () -> Int,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.isMoving = isMoving
        self.isQuiet = isQuiet
        self.width = width
        self.write = write
    }

    func phase(node: String?, _ text: String, now: Double = ProgressView.clock()) {
        state.withLock { state in
            let line = ProgressLine(node: node, phase: text, started: now)
            if let index = state.lines.firstIndex(where: { $0.node == node }) {
                guard state.lines[index].phase != text else { return }
                state.lines[index] = line
            } else {
                state.lines.append(line)
            }
            guard !isQuiet else { return }
            if isMoving {
                draw(&state, now: now)
                if state.ticker == nil { state.ticker = makeTicker() }
            } else {
                write((node.map { "\($0): " } ?? "") + text + "\n")
            }
        }
    }

    func progress(
        node: String?, percent: Double?, done: Int64?, total: Int64?, now: Double = ProgressView.clock()
    ) {
        guard isMoving, !isQuiet else { return }
        state.withLock { state in
            if !state.lines.contains(where: { $0.node == node }) {
                state.lines.append(ProgressLine(node: node, phase: "", started: now))
            }
            guard let index = state.lines.firstIndex(where: { $0.node == node }) else { return }
            state.lines[index].update(percent: percent, done: done, total: total, now: now)
            if now - state.lastDrawn >= Self.interval { draw(&state, now: now) }
        }
    }

    /// Writes `text`, which ends with a line break, above the bars.
    func above(_ text: String) {
        state.withLock { state in
            let hadBars = state.drawn > 0
            write(Self.erasure(state.drawn) + text)
            state.drawn = 0
            if hadBars { draw(&state, now: Self.clock()) }
        }
    }

    /// Takes the bars away.
    func clear() {
        state.withLock { state in
            if state.drawn > 0 { write(Self.erasure(state.drawn)) }
            state.drawn = 0
        }
    }

    /// Leaves the bars as they are and begins anew below them.
    func finish() {
        state.withLock { state in
            if state.drawn > 0 {
                draw(&state, now: Self.clock())
                write("\n")
            }
            state.ticker?.cancel()
            state = State()
        }
    }

    var phases: [String] {
        state.withLock { state in state.lines.map { ($0.node.map { "\($0): " } ?? "") + $0.phase } }
    }

    func phase(of node: String?) -> String? {
        state.withLock { state in state.lines.first { $0.node == node }?.phase }
    }

    private func makeTicker() -> Task<Void, Never> {
        Task { [weak self] in
            while (try? await Task.sleep(for: .seconds(1))) != nil { self?.tick() }
        }
    }

    /// Draws the bars again, where they are.
    private func tick() {
        state.withLock { state in
            if state.drawn > 0 { draw(&state, now: Self.clock()) }
        }
    }

    private func draw(_ state: inout State, now: Double) {
        let width = max(20, width())
        let lines = state.lines.map { $0.text(width: width - 1, now: now) }
        guard !lines.isEmpty else { return }
        var text = state.drawn > 1 ? "\u{1B}[\(state.drawn - 1)A" : ""
        text += "\r" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n\r")
        write(text)
        state.drawn = lines.count
        state.lastDrawn = now
    }

    private static func erasure(_ lines: Int) -> String {
        switch lines {
        case 0: ""
        case 1: "\r\u{1B}[K"
        default: "\u{1B}[\(lines - 1)A\r\u{1B}[J"
        }
    }

    /// Seconds on a clock that nobody sets.
    static func clock() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
