import Synchronization

/// What happens to a command from outside, and which task it runs.
final class Session: Sendable {
    /// The task's id that was promised when this process was started in the background; nil in the foreground.
    let promisedTask: String?
    private let state = Mutex(State())

    init(promisedTask: String? = nil) {
        self.promisedTask = promisedTask
    }

    private struct State {
        var signal: Int32?
        var task: String?
    }

    /// The first signal that asked the command to stop.
    var signal: Int32? { state.withLock { $0.signal } }

    /// The task that runs or ran in this process.
    var task: String? { state.withLock { $0.task } }

    /// Notes a signal; gives whether it is the first.
    func note(signal: Int32) -> Bool {
        state.withLock { state in
            guard state.signal == nil else { return false }
            state.signal = signal
            return true
        }
    }

    func begin(task: String) {
        state.withLock { $0.task = task }
    }
}
