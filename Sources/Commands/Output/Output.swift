import Glibc
import PositionedJSON
import Synchronization

/// Everything that a command says: the result to standard output, all else to standard error.
final class Output: Sendable {
    let style: OutputStyle
    private let bars: ProgressView
    private let writeOutput: @Sendable (String) -> Bool
    private let writeError: @Sendable (String) -> Bool
    private let failedToWrite = Mutex(false)

    /// The writers give false when the text could not be written.
    init(
        style: OutputStyle, width: @escaping @Sendable () -> Int = Terminal.width,
        writeOutput: @escaping @Sendable (String) -> Bool = { Output.write($0, to: STDOUT_FILENO) },
        writeError: @escaping @Sendable (String) -> Bool = { Output.write($0, to: STDERR_FILENO) }
    ) {
        self.style = style
        self.writeOutput = writeOutput
        self.writeError = writeError
        bars = ProgressView(isMoving: style.showsBars, isQuiet: style.isQuiet, width: width) { _ = writeError($0) }
    }

    // MARK: The result

    /// The command's result: `text` for people, `document` with `--json`.
    func result(_ document: @autoclosure () -> JSONTree, text: @autoclosure () -> [String]) {
        if style.isJSON {
            emit(document().text(pretty: true))
        } else if !style.isQuiet {
            let lines = text()
            if !lines.isEmpty { emit(lines.joined(separator: "\n") + "\n") }
        }
    }

    /// A document that was asked for as such, like a schema or a log: printed as it is, `-q` or not.
    func raw(_ text: String) {
        emit(text)
    }

    /// Whether something meant for standard output could not be written, as on a full disk. A reader that went
    /// away, as `head` does, is none.
    var hasLostOutput: Bool { failedToWrite.withLock { $0 } }

    private func emit(_ text: String) {
        bars.clear()
        if !writeOutput(text) { failedToWrite.withLock { $0 = true } }
    }

    // MARK: What goes on

    /// Something worth knowing while it happens.
    func info(_ text: String) {
        guard !style.isQuiet else { return }
        above(Printable.line(text))
    }

    /// Something only `-v` shows.
    func detail(_ text: String) {
        guard style.isVerbose, !style.isQuiet else { return }
        above(Color.dim.paint(Printable.line(text), style.colorsError))
    }

    /// Something that is not as it should be, and no reason to stop.
    func warning(_ text: String) {
        guard !style.isQuiet else { return }
        above(Color.yellow.paint("warning:", style.colorsError) + " " + Printable.line(text))
    }

    /// A question, without a line break after it.
    func prompt(_ text: String) {
        bars.clear()
        _ = writeError(text)
    }

    /// A line that even `-q` does not keep back: what a failed or interrupted command says.
    func always(_ text: String) {
        above(text)
    }

    /// The phase that `node` (nil: the whole) enters.
    func phase(node: String?, _ text: String) {
        bars.phase(node: node, Printable.line(text))
    }

    /// How far `node` has come in its phase.
    func progress(node: String?, percent: Double?, done: Int64?, total: Int64?) {
        bars.progress(node: node, percent: percent, done: done, total: total)
    }

    /// The bars end here; what follows stands below them.
    func endProgress() {
        bars.finish()
    }

    /// The phase that `node` is in.
    func phase(of node: String?) -> String? { bars.phase(of: node) }

    /// What is being waited for, for whoever presses ^C again.
    var currentPhases: [String] { bars.phases }

    private func above(_ line: String) {
        bars.above(line + "\n")
    }

    /// Writes all of `text`. A reader that is gone counts as written: there is nobody to tell.
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
                if count >= 0 {
                    done += count
                } else if errno == EAGAIN {
                    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&wait, 1, 1000)
                } else if errno != EINTR {
                    return errno == EPIPE
                }
            }
            return true
        }
    }
}
