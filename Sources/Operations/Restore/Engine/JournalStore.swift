import Catalog
import Failures
import TargetTime

/// The journal of one restore: every change is on disk, synced, before the caller goes on.
actor JournalStore {
    private(set) var journal: RestoreJournal
    private let path: String
    private let now: @Sendable () -> Instant

    init(_ journal: RestoreJournal, path: String, now: @escaping @Sendable () -> Instant) {
        self.journal = journal
        self.path = path
        self.now = now
    }

    /// Writes what is held, for a journal that has just been made.
    func save() throws { try SealedDocument.write(journal, to: path) }

    func begin(_ step: RestoreStepName, _ node: String) throws {
        try change(step, node) {
            $0.state = .running
            $0.startedAt = now()
            $0.endedAt = nil
            $0.detail = nil
        }
    }

    func end(_ step: RestoreStepName, _ node: String, warning: String?) throws {
        try change(step, node) {
            $0.state = warning == nil ? .done : .warning
            $0.endedAt = now()
            $0.detail = warning
        }
    }

    func fail(_ step: RestoreStepName, _ node: String, _ error: any Error) throws {
        let text = (error as? any Failure)?.message ?? "\(error)"
        try change(step, node) {
            $0.state = .failed
            $0.endedAt = now()
            $0.detail = text
        }
    }

    func note(_ node: String, _ change: @Sendable (inout NodeRestoreFacts) -> Void) throws {
        change(&journal.facts[node, default: NodeRestoreFacts()])
        try save()
    }

    func facts(_ node: String) -> NodeRestoreFacts { journal.facts[node] ?? NodeRestoreFacts() }

    func state(_ step: RestoreStepName, _ node: String) -> RestoreJournal.NodeState {
        journal.steps[step]?[node]?.state ?? .pending
    }

    func finish(_ state: RestoreJournal.State) throws {
        journal.state = state
        journal.endedAt = state == .running ? nil : now()
        try save()
    }

    /// Says that this process now drives the restore; what was left undone with a warning is tried again.
    func takeOver(task: String?) throws {
        for step in RestoreStepName.allCases {
            for node in journal.nodes where journal.steps[step]?[node]?.state == .warning {
                journal.steps[step]?[node]?.state = .pending
            }
        }
        journal.state = .running
        journal.endedAt = nil
        journal.task = task
        try save()
    }

    /// Says that steps are being taken back: none of them counts as done any more, so that a run that goes on after
    /// this one was killed begins with the first.
    func beginBackingOut() throws {
        for step in RestoreStepName.allCases {
            for node in journal.nodes { journal.steps[step]?[node] = RestoreJournal.Entry() }
        }
        // Once others are let in again, the point no longer has all that the node holds.
        for node in journal.nodes {
            journal.facts[node]?.undo = nil
            journal.facts[node]?.replication?.isDrained = false
        }
        try save()
    }

    private func change(
        _ step: RestoreStepName, _ node: String, _ edit: (inout RestoreJournal.Entry) -> Void
    ) throws {
        edit(&journal.steps[step, default: [:]][node, default: RestoreJournal.Entry()])
        try save()
    }
}
