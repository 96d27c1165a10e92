import TargetTime

/// Where a task stands.
public enum TaskState: String, Codable, Sendable, CaseIterable {
    case running
    case done
    case failed
    case cancelled
    /// Its process is gone and did not say how it ended.
    case interrupted

    /// Whether nothing more will happen.
    public var isFinal: Bool { self != .running }
}

/// One backup, restore, create or update: `TASK.json`.
public struct TaskRecord: Codable, Sendable, Equatable {
    public var id: String
    /// What it does, as the command is called: `backup`, `restore`, `create`, `update`.
    public var kind: String
    public var database: String
    /// The nodes it is about; empty means all.
    public var nodes: [String]
    public var state: TaskState
    public var startedAt: Instant
    public var endedAt: Instant?
    public var error: TaskError?
    /// Command line without secrets.
    public var command: String
    public var process: ProcessIdentity
    public var progress: TaskProgress?

    private enum CodingKeys: String, CodingKey {
        case id, kind, database, nodes, state
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case error, command, process, progress
    }

    public init(
        id: String, kind: String, database: String, nodes: [String], state: TaskState = .running, startedAt: Instant,
        endedAt: Instant? = nil, error: TaskError? = nil, command: String, process: ProcessIdentity,
        progress: TaskProgress? = nil
    ) {
        self.id = id
        self.kind = kind
        self.database = database
        self.nodes = nodes
        self.state = state
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.error = error
        self.command = command
        self.process = process
        self.progress = progress
    }

    /// The record as it is true now: `interrupted` where it says `running` and its process is gone.
    public var settled: TaskRecord {
        guard state == .running, !process.isAlive else { return self }
        var record = self
        record.state = .interrupted
        return record
    }
}

/// Why a task failed.
public struct TaskError: Codable, Sendable, Equatable {
    public var code: String
    public var message: String
    public var hint: String?
    /// What the command ended with.
    public var exitCode: Int32

    private enum CodingKeys: String, CodingKey {
        case code, message, hint
        case exitCode = "exit_code"
    }

    public init(code: String, message: String, hint: String? = nil, exitCode: Int32) {
        self.code = code
        self.message = message
        self.hint = hint
        self.exitCode = exitCode
    }
}

/// How far a running task has come.
public struct TaskProgress: Codable, Sendable, Equatable {
    /// The node this is about; nil for the whole.
    public var node: String?
    /// What it is doing, for people.
    public var phase: String
    /// 0 to 100.
    public var percent: Double?
    public var bytesDone: Int64?
    public var bytesTotal: Int64?
    public var updatedAt: Instant

    private enum CodingKeys: String, CodingKey {
        case node, phase, percent
        case bytesDone = "bytes_done"
        case bytesTotal = "bytes_total"
        case updatedAt = "updated_at"
    }

    public init(
        node: String? = nil, phase: String, percent: Double? = nil, bytesDone: Int64? = nil, bytesTotal: Int64? = nil,
        updatedAt: Instant
    ) {
        self.node = node
        self.phase = phase
        self.percent = percent
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.updatedAt = updatedAt
    }
}
