import Catalog
import Operations

/// Takes what an operation says to the terminal, and into the log and record of its task when it has one.
struct CommandReporter: Reporter {
    let output: Output
    let handle: TaskHandle?

    func report(_ event: OperationEvent) {
        switch event {
        case .phase(let node, let text):
            output.phase(node: node, text)
            log(node, text)
            handle?.progress(node: node, phase: text)
        case .progress(let node, let percent, let done, let total):
            output.progress(node: node, percent: percent, done: done, total: total)
            handle?.progress(
                node: node, phase: output.phase(of: node) ?? "", percent: percent, bytesDone: done, bytesTotal: total)
        case .info(let text):
            output.info(text)
            log(nil, text)
        case .warning(let text):
            output.warning(text)
            log(nil, "warning: " + text)
        case .childLine(let node, let text):
            output.detail(node.map { "\($0): \(text)" } ?? text)
            log(node, text)
        }
    }

    private func log(_ node: String?, _ text: String) {
        handle?.log(node.map { "\($0): \(text)" } ?? text)
    }
}
