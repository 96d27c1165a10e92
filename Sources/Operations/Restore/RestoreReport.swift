import TargetTime

/// Where a restore stands, for `restore`, `resume` and `status`.
public struct RestoreReport: Sendable, Equatable, Codable {
    public struct Step: Sendable, Equatable, Codable {
        public var number: Int
        public var name: String
        public var nodes: [NodeState]
    }
    public struct NodeState: Sendable, Equatable, Codable {
        public var node: String
        public var state: String
        public var seconds: Double?
        public var detail: String?
    }
    public struct NodeSummary: Sendable, Equatable, Codable {
        public var node: String
        public var timeline: UInt32?
        public var systemIdentifier: String?
        public var lastCommit: Instant?
        public var rows: [String: Int64?]?
        public var undo: UndoMark?
        public var repository: String?

        enum CodingKeys: String, CodingKey {
            case node, timeline
            case systemIdentifier = "system_identifier"
            case lastCommit = "last_commit"
            case rows, undo, repository
        }
    }

    public var restore: String
    public var database: String
    public var state: String
    public var task: String?
    public var steps: [Step]
    public var nodes: [NodeSummary]
    /// The command that makes sense next.
    public var next: String
    /// How to turn backups on again; nil when they are.
    public var backups: String?
    /// The one command that tries again with another target.
    public var again: String?
    /// The command that goes back to the moment before this restore; nil when there is no such way.
    public var undo: String?
    /// What was left undone.
    public var warnings: [String]
    /// How the nodes really stand, where that was looked at.
    public var observed: [NodeStanding] = []

    public init(_ journal: RestoreJournal, plan: RestorePlan) {
        restore = journal.id
        database = journal.database
        state = journal.state.rawValue
        task = journal.task
        steps = RestoreStepName.allCases.map { step in
            Step(
                number: step.number, name: step.rawValue,
                nodes: journal.nodes.map { node in
                    let entry = journal.steps[step]?[node] ?? RestoreJournal.Entry()
                    return NodeState(
                        node: node, state: entry.state.rawValue, seconds: entry.seconds, detail: entry.detail)
                })
        }
        nodes = journal.nodes.map { node in
            let facts = journal.facts[node] ?? NodeRestoreFacts()
            return NodeSummary(
                node: node, timeline: facts.timeline, systemIdentifier: facts.systemIdentifier,
                lastCommit: facts.lastCommit, rows: facts.rows, undo: facts.undo, repository: facts.reenabledRepository)
        }
        warnings = journal.steps.values.flatMap(\.values).filter { $0.state == .warning }.compactMap(\.detail).sorted()
        let isOn = journal.nodes.allSatisfy { journal.facts[$0]?.reenabledRepository != nil }
        backups = isOn ? nil : "pgstanza db update \(journal.database)"
        switch journal.state {
        case .done:
            next = isOn ? "pgstanza backups \(journal.database)" : "pgstanza db update \(journal.database)"
        case .aborted:
            next = "pgstanza restore \(journal.database)"
        case .running:
            next = "pgstanza restore status \(journal.database)"
        case .interrupted, .failed:
            next = "pgstanza restore resume \(journal.database)"
        }
        again = journal.state == .done ? Self.again(plan, journal) : nil
        let hasWayBack = journal.filesTouched && journal.nodes.allSatisfy { journal.facts[$0]?.undo != nil }
        undo = hasWayBack ? "pgstanza restore undo \(journal.database)" : nil
    }

    /// From the same place and the same backups, to a target that is left to fill in.
    private static func again(_ plan: RestorePlan, _ journal: RestoreJournal) -> String {
        var words = ["pgstanza restore \(journal.database)"]
        words += journal.nodes.map { "--target-node \($0)" }
        let sources = Set(plan.order.nodes.map(\.sourceNode))
        if let source = sources.first, sources.count == 1, plan.order.nodes.contains(where: { $0.node != source }) {
            words.append("--source-node \(source)")
        }
        if plan.order.nodes.contains(where: { $0.sourceDatabaseID != plan.order.databaseID }) {
            words += plan.order.nodes.prefix(1).map { "--source-database \($0.sourceDatabaseID)" }
        }
        if plan.sources.contains(where: { $0.book.origin == .request }) { words.append("--repository JSON") }
        words.append("--target 'YYYY-MM-DD HH:MM:SS+00'")
        // What was written since the restore is in no archive as long as backups are off.
        if journal.nodes.contains(where: { journal.facts[$0]?.reenabledRepository == nil }) {
            words.append("--consent no-way-back")
        }
        return words.joined(separator: " ")
    }
}
