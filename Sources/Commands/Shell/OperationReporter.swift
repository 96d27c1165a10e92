import Glibc
import Operations
import TargetTime

/// Takes an operation's events to the terminal and, within a task, to its log and record.
struct OperationReporter: Reporter {
    let output: Output
    /// nil outside of tasks.
    let task: TaskReporter?

    func report(_ event: OperationEvent) {
        switch event {
        case .phase(let node, let text):
            if let task { task.phase(node: node, text) } else { output.phase(node: node, text) }
        case .progress(let node, let percent, let done, let total):
            if let task {
                task.progress(node: node, percent: percent, done: done, total: total)
            } else {
                output.progress(node: node, percent: percent, done: done, total: total)
            }
        case .info(let text):
            if let task { task.info(text) } else { output.info(text) }
        case .warning(let text):
            if let task { task.warning(text) } else { output.warning(text) }
        case .childLine(let node, let text):
            let line = (node.map { "\($0): " } ?? "") + text
            if let task { task.detail(line) } else { output.detail(line) }
        }
    }
}

extension CommandContext {
    /// What operations work with; `task` is the one that they run in.
    func operation(task: RunningTask? = nil, lockWait: Double? = nil) -> OperationContext {
        let owner = geteuid()
        return OperationContext(
            home: home, host: configuration, ownerName: HomeCheck.userName(owner),
            reporter: OperationReporter(output: output, task: task?.reporter), lockWait: lockWait)
    }
}
