import Failures
import Glibc
import Synchronization
import TargetTime

/// A task of this process while it runs: its log, its progress, its end. May be used from many tasks at once.
public final class TaskHandle: Sendable {
    /// Progress is written this often at most, in seconds.
    static let progressInterval = 0.5

    public let id: String
    /// Where the log is.
    public let logPath: String
    private let file: String
    private let logDescriptor: Int32
    private let current: Mutex<TaskRecord>

    init(record: TaskRecord, file: String, log: String) throws {
        id = record.id
        current = Mutex(record)
        self.file = file
        logPath = log
        logDescriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard logDescriptor >= 0 else { throw CatalogError.system("write", log, errno: errno) }
    }

    deinit {
        close(logDescriptor)
    }

    /// The record as last written.
    public var record: TaskRecord { current.withLock { $0 } }

    /// Adds to the log, each line with the time in UTC before it. A log that cannot be written does not fail the task.
    public func log(_ text: String, now: Instant = .now()) {
        let time = Instant(microseconds: now.microseconds / 1000 * 1000).iso8601
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "\(time) \($0)\n" }
        try? FileBytes.write(Array(lines.joined().utf8), to: logDescriptor, path: logPath)
    }

    /// Says what the task is doing, and how far that is; written to the record at most twice a second.
    public func progress(
        node: String? = nil, phase: String, percent: Double? = nil, bytesDone: Int64? = nil, bytesTotal: Int64? = nil,
        now: Instant = .now()
    ) {
        let next = TaskProgress(
            node: node, phase: phase, percent: percent, bytesDone: bytesDone, bytesTotal: bytesTotal, updatedAt: now)
        current.withLock { record in
            guard record.state == .running else { return }
            if let last = record.progress, last.phase == phase, last.node == node,
                now.seconds(since: last.updatedAt) < Self.progressInterval
            {
                return
            }
            record.progress = next
            // Not worth failing a backup for: the end of the task is what must be written.
            try? StateDocument.write(record, to: file)
        }
    }

    /// Ends the task; a second end changes nothing.
    ///
    /// - Throws: ``CatalogError`` when the record cannot be written.
    public func finish(_ state: TaskState, error: TaskError? = nil, now: Instant = .now()) throws {
        try current.withLock { record in
            guard record.state == .running else { return }
            record.state = state
            record.error = error
            record.endedAt = now
            try StateDocument.write(record, to: file)
        }
    }
}
