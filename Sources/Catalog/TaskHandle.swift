import Failures
import Glibc
import TargetTime

/// A task of this process while it runs: its log, its progress, its end.
public actor TaskHandle {
    /// Progress is written this often at most, in seconds.
    static let progressInterval = 0.5

    public nonisolated let id: String
    /// Where the log is.
    public nonisolated let logPath: String
    private let file: String
    private let logDescriptor: Int32
    private var current: TaskRecord

    init(record: TaskRecord, file: String, log: String) throws {
        id = record.id
        current = record
        self.file = file
        logPath = log
        logDescriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard logDescriptor >= 0 else { throw CatalogError.system("write", log, errno: errno) }
    }

    deinit {
        close(logDescriptor)
    }

    /// The record as last written or about to be.
    public var record: TaskRecord { current }

    /// Adds a line to the log, with the time in UTC before it. A log that cannot be written does not fail the task.
    public func log(_ line: String, now: Instant = .now()) {
        let time = Instant(microseconds: now.microseconds / 1000 * 1000).iso8601
        let text = line.split(separator: "\n", omittingEmptySubsequences: false).map { "\(time) \($0)\n" }.joined()
        try? FileBytes.write(Array(text.utf8), to: logDescriptor, path: logPath)
    }

    /// Says what the task is doing, and how far that is; written to the record at most twice a second.
    public func progress(
        node: String? = nil, phase: String, percent: Double? = nil, bytesDone: Int64? = nil, bytesTotal: Int64? = nil,
        now: Instant = .now()
    ) {
        guard current.state == .running else { return }
        let last = current.progress
        let isNewPhase = last?.phase != phase || last?.node != node
        guard isNewPhase || last.map({ now.seconds(since: $0.updatedAt) >= Self.progressInterval }) ?? true else {
            return
        }
        current.progress = TaskProgress(
            node: node, phase: phase, percent: percent, bytesDone: bytesDone, bytesTotal: bytesTotal, updatedAt: now)
        // Not worth failing a backup for: the end of the task is what must be written.
        try? StateDocument.write(current, to: file)
    }

    /// Ends the task; a second end changes nothing.
    ///
    /// - Throws: ``CatalogError`` when the record cannot be written.
    public func finish(_ state: TaskState, error: TaskError? = nil, now: Instant = .now()) throws {
        guard current.state == .running else { return }
        current.state = state
        current.error = error
        current.endedAt = now
        try StateDocument.write(current, to: file)
    }
}
