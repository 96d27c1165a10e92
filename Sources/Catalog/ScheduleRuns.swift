import Failures
import TargetTime

/// One run of a schedule.
public struct ScheduleRun: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable {
        case done
        case failed
    }
    public var startedAt: Instant
    public var endedAt: Instant
    public var outcome: Outcome
    /// The task that did it.
    public var task: String?
    /// What went wrong.
    public var message: String?

    private enum CodingKeys: String, CodingKey {
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case outcome, task, message
    }

    public init(startedAt: Instant, endedAt: Instant, outcome: Outcome, task: String? = nil, message: String? = nil) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outcome = outcome
        self.task = task
        self.message = message
    }
}

/// When each schedule last ran, and how that went: `schedules.json`.
public struct ScheduleRuns: Sendable {
    public let home: Home

    public init(home: Home) {
        self.home = home
    }

    /// By node, then by schedule.
    public typealias Runs = [String: [String: ScheduleRun]]

    private struct Document: Codable {
        var formatVersion = 1
        /// The last run of each.
        var last: Runs

        private enum CodingKeys: String, CodingKey {
            case formatVersion = "format_version"
            case last
        }
    }

    /// The last run of every schedule of a database; empty when there was none yet.
    public func last(database: String) throws -> Runs {
        try Names.checkDatabaseID(database)
        return try StateDocument.readIfPresent(Document.self, from: home.schedulesFile(database))?.last ?? [:]
    }

    /// Takes note of a run. Nodes are backed up by processes of their own, so the document is read and written under
    /// a lock.
    public func note(_ run: ScheduleRun, database: String, node: String, schedule: String) throws {
        try Names.checkDatabaseID(database)
        try Names.checkNode(node)
        try FileGuard.whileLocked(home.locksDir + "/" + database + ".schedules.lock") {
            var runs = try last(database: database)
            runs[node, default: [:]][schedule] = run
            try StateDocument.write(Document(last: runs), to: home.schedulesFile(database))
        }
    }
}
