import Spec
import TargetTime

/// How a database's backups stand, for whoever watches: `status.json`.
public struct StatusDocument: Codable, Sendable, Equatable {
    /// A backup in short.
    public struct Backup: Codable, Sendable, Equatable {
        public var label: String
        public var type: String
        public var repository: String
        public var startedAt: Instant
        public var stoppedAt: Instant

        private enum CodingKeys: String, CodingKey {
            case label, type, repository
            case startedAt = "started_at"
            case stoppedAt = "stopped_at"
        }

        public init(label: String, type: String, repository: String, startedAt: Instant, stoppedAt: Instant) {
            self.label = label
            self.type = type
            self.repository = repository
            self.startedAt = startedAt
            self.stoppedAt = stoppedAt
        }
    }

    /// A schedule, how its last run went and when its next one is.
    public struct Schedule: Codable, Sendable, Equatable {
        public var type: BackupType
        public var cronExpression: String
        public var isRunning: Bool
        public var last: ScheduleRun?
        public var next: Instant?
        /// The oldest due minute that nothing has accounted for, when it is more than a moment ago.
        public var overdueSince: Instant?
        public var counts: ScheduleTally

        private enum CodingKeys: String, CodingKey {
            case type
            case cronExpression = "cron_expression"
            case isRunning = "running"
            case last, next
            case overdueSince = "overdue_since"
            case counts
        }

        public init(
            type: BackupType, cronExpression: String, isRunning: Bool, last: ScheduleRun?, next: Instant?,
            overdueSince: Instant?, counts: ScheduleTally
        ) {
            self.type = type
            self.cronExpression = cronExpression
            self.isRunning = isRunning
            self.last = last
            self.next = next
            self.overdueSince = overdueSince
            self.counts = counts
        }
    }

    public struct Node: Codable, Sendable, Equatable {
        public var backups: BackupState
        /// The newest backup that pgstanza took.
        public var lastBackup: Backup?
        public var lastFull: Backup?
        public var schedules: [String: Schedule]

        private enum CodingKeys: String, CodingKey {
            case backups
            case lastBackup = "last_backup"
            case lastFull = "last_full"
            case schedules
        }

        public init(
            backups: BackupState, lastBackup: Backup? = nil, lastFull: Backup? = nil,
            schedules: [String: Schedule] = [:]
        ) {
            self.backups = backups
            self.lastBackup = lastBackup
            self.lastFull = lastFull
            self.schedules = schedules
        }
    }

    public var formatVersion = 1
    public var database: String
    public var updatedAt: Instant
    public var nodes: [String: Node]

    private enum CodingKeys: String, CodingKey {
        case formatVersion = "format_version"
        case database
        case updatedAt = "updated_at"
        case nodes
    }

    public init(database: String, updatedAt: Instant, nodes: [String: Node]) {
        self.database = database
        self.updatedAt = updatedAt
        self.nodes = nodes
    }

    /// Changes the database's document, or makes it, while nobody else does. It holds no secret: whoever may enter the
    /// home may read it.
    ///
    /// - Throws: ``CatalogError``; the old document is then still there.
    public static func update(
        _ database: String, home: Home, now: Instant, _ change: (inout StatusDocument) throws -> Void
    ) throws {
        try Names.checkDatabaseID(database)
        try FileGuard.whileLocked("\(home.locksDir)/\(database).status.lock") {
            let path = home.statusFile(database)
            // One that is damaged is made anew: it only repeats what is known elsewhere.
            let old = try? StateDocument.readIfPresent(StatusDocument.self, from: path)
            var document = old.flatMap { $0 } ?? StatusDocument(database: database, updatedAt: now, nodes: [:])
            document.updatedAt = now
            try change(&document)
            try StateDocument.write(document, to: path, mode: 0o644)
        }
    }
}
