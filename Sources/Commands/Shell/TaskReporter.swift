import Catalog

/// Takes what an operation says to the terminal and into the task's log and record.
struct TaskReporter: Sendable {
    let output: Output
    let handle: TaskHandle

    /// `node` (nil: the whole) begins something.
    func phase(node: String?, _ text: String) {
        output.phase(node: node, text)
        handle.log((node.map { "\($0): " } ?? "") + text)
        handle.progress(node: node, phase: text)
    }

    /// How far `node` has come.
    func progress(node: String?, percent: Double?, done: Int64?, total: Int64?) {
        output.progress(node: node, percent: percent, done: done, total: total)
        handle.progress(
            node: node, phase: output.phase(of: node) ?? "", percent: percent, bytesDone: done, bytesTotal: total)
    }

    func warning(_ text: String) {
        output.warning(text)
        handle.log("warning: " + text)
    }

    func info(_ text: String) {
        output.info(text)
        handle.log(text)
    }

    /// What only the log and `-v` show.
    func detail(_ text: String) {
        output.detail(text)
        handle.log(text)
    }
}
