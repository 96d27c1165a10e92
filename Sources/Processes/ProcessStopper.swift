import Glibc
import Synchronization

/// Ends a process group by and by: SIGINT, then SIGTERM, then SIGKILL, with time in between to clean up.
///
/// The group is the child's own, since it leads its session. A stop that is asked for before the child exists takes
/// effect as soon as it does.
final class ProcessStopper: Sendable {
    enum Reason: Sendable {
        case cancelled
        case timeLimit
    }

    private struct State {
        var group: Int32?
        var ended = false
        var reason: Reason?
        var escalation: Task<Void, Never>?
    }

    private let state = Mutex(State())
    private let graceSeconds: Double

    init(graceSeconds: Double) {
        self.graceSeconds = max(0, graceSeconds)
    }

    /// Why the process was stopped; the first reason stays. Nil when nobody asked.
    var reason: Reason? { state.withLock { $0.reason } }

    /// The child leads the process group with this id.
    func started(group: Int32) {
        state.withLock { state in
            state.group = group
            if state.reason != nil { escalate(&state) }
        }
    }

    func stop(_ reason: Reason) {
        state.withLock { state in
            guard state.reason == nil && !state.ended else { return }
            state.reason = reason
            if state.group != nil { escalate(&state) }
        }
    }

    /// The child has been waited for. What is left of a group that was being stopped is killed.
    func ended() {
        state.withLock { state in
            state.ended = true
            state.escalation?.cancel()
            if state.reason != nil, let group = state.group { _ = kill(-group, SIGKILL) }
        }
    }

    private func escalate(_ state: inout State) {
        guard let group = state.group else { return }
        let grace = graceSeconds
        _ = kill(-group, SIGINT)
        state.escalation = Task.detached { [self] in
            for signal in [SIGTERM, SIGKILL] {
                guard (try? await Task.sleep(for: .seconds(grace))) != nil else { return }
                self.state.withLock { state in
                    if !state.ended { _ = kill(-group, signal) }
                }
            }
        }
    }
}
