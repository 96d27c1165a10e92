import Failures
import Processes
public import TargetTime

/// What happened at a place in the log, as far as recovery targets go by it.
public enum WALRecord: Sendable, Hashable {
    /// The end of a transaction.
    case transaction(WALTransaction)
    case restorePoint(name: String, lsn: LSN)
    /// A promotion: the record that ends recovery on a new timeline.
    case endOfRecovery(lsn: LSN, timeline: UInt32, time: Instant?)
    case checkpoint(lsn: LSN, timeline: UInt32, isShutdown: Bool)

    /// Where the record begins.
    public var lsn: LSN {
        switch self {
        case .transaction(let transaction): transaction.lsn
        case .restorePoint(_, let lsn), .endOfRecovery(let lsn, _, _), .checkpoint(let lsn, _, _): lsn
        }
    }
}

/// A commit or rollback in the log.
public struct WALTransaction: Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable { case commit, abort, commitPrepared, abortPrepared }

    public let outcome: Outcome
    /// The transaction's own number; what `recovery_target_xid` means.
    public let xid: UInt32
    /// Its subtransactions, which are no recovery targets.
    public let subtransactions: [UInt32]
    public let time: Instant
    public let lsn: LSN

    public var isCommit: Bool { outcome == .commit || outcome == .commitPrepared }
}

/// Reads segment files with pg_waldump.
public enum WALDump {
    /// What to read.
    public struct Range: Sendable, Hashable {
        /// Directory of the segment files.
        public var directory: String
        public var timeline: UInt32
        public var start: LSN
        /// Where to stop; nil reads to the end of what is there.
        public var end: LSN?
        /// Bytes.
        public var segmentSize: Int

        public init(
            directory: String, timeline: UInt32, start: LSN, end: LSN? = nil, segmentSize: Int = 16_777_216
        ) {
            self.directory = directory
            self.segmentSize = segmentSize
            self.timeline = timeline
            self.start = start
            self.end = end
        }
    }

    /// How a scan ended.
    public enum End: Sendable, Hashable {
        /// At `end`.
        case reached
        /// At the end of the valid log, or where a segment is missing; in pg_waldump's words.
        case endOfLog(String)
        /// The visitor had enough.
        case stopped
    }

    /// Reads the records of `range` in order and shows each to `visit` until that says false.
    ///
    /// Throws when nothing can be read at all, and when it takes longer than `timeLimit` seconds.
    @discardableResult
    public static func scan(
        _ range: Range, programs: Programs, timeLimit: Double = 600,
        visit: @escaping @Sendable (WALRecord) -> Bool
    ) async throws -> End {
        let command = try await command(range, programs: programs)
        let watcher = Watcher(visit: visit)
        let running = Task {
            try await ProcessRunner.run(
                command,
                options: ProcessOptions(
                    timeLimit: timeLimit, keepLines: 20, onLine: { watcher.take($0) }, graceSeconds: 2))
        }
        watcher.onStop { running.cancel() }
        let result: ProcessResult
        do {
            result = try await withTaskCancellationHandler {
                try await running.value
            } onCancel: {
                running.cancel()
            }
        } catch is CancellationError where watcher.isStopped && !Task.isCancelled {
            return .stopped
        }
        if watcher.isStopped { return .stopped }
        guard !result.exit.isSuccess else { return .reached }
        let words = result.errorOutput.last ?? "no reason given"
        // It always ends with an error when it comes to the end of the log before `end`; only one that comes before
        // the first record is an error to us.
        let first = range.start.walFileName(timeline: range.timeline, segmentSize: range.segmentSize)
        let lacksLaterSegment = words.contains("could not find file") && !words.contains(first)
        guard watcher.sawRecord || lacksLaterSegment || words.contains("error in WAL record") else {
            throw PostgresError(
                .operation, code: "wal-unreadable",
                "the log in \(range.directory) cannot be read from \(range.start) on timeline \(range.timeline): \(words)",
                hint: "see that pg_waldump is of the server's version and the segment whole",
                details: ["command: \(command.rendered)"])
        }
        return .endOfLog(words)
    }

    /// The last commit in `range`; nil when there is none.
    public static func lastCommit(_ range: Range, programs: Programs) async throws -> WALTransaction? {
        let last = Holder<WALTransaction>()
        try await scan(range, programs: programs) { record in
            if case .transaction(let transaction) = record, transaction.isCommit { last.set(transaction) }
            return true
        }
        return last.value
    }

    /// The first commit at or after `time`; nil when there is none.
    public static func firstCommit(
        _ range: Range, notBefore time: Instant, programs: Programs
    ) async throws -> WALTransaction? {
        let first = Holder<WALTransaction>()
        try await scan(range, programs: programs) { record in
            guard case .transaction(let transaction) = record, transaction.isCommit, transaction.time >= time else {
                return true
            }
            first.set(transaction)
            return false
        }
        return first.value
    }

    /// The end of the transaction that has this number itself, or had it as a subtransaction; nil when it is not
    /// there.
    public static func find(xid: UInt32, in range: Range, programs: Programs) async throws -> WALTransaction? {
        let found = Holder<WALTransaction>()
        try await scan(range, programs: programs) { record in
            guard case .transaction(let transaction) = record,
                transaction.xid == xid || transaction.subtransactions.contains(xid)
            else { return true }
            found.set(transaction)
            return false
        }
        return found.value
    }

    /// The first restore point of this name, where recovery would stop; nil when there is none.
    public static func find(restorePoint name: String, in range: Range, programs: Programs) async throws -> LSN? {
        let found = Holder<LSN>()
        try await scan(range, programs: programs) { record in
            guard case .restorePoint(name, let lsn) = record else { return true }
            found.set(lsn)
            return false
        }
        return found.value
    }

    private static func command(_ range: Range, programs: Programs) async throws -> CommandLine {
        var arguments = [
            "--path=\(range.directory)", "--timeline=\(range.timeline)", "--start=\(range.start)",
        ]
        if let end = range.end { arguments.append("--end=\(end)") }
        // Before 15 only the last --rmgr counts.
        if try await programs.version().major >= 15 { arguments += ["--rmgr=Transaction", "--rmgr=XLOG"] }
        // It prints times in the zone of its environment, by the zone's abbreviation.
        return programs.command("pg_waldump", arguments, environment: ["TZ": "UTC"])
    }
}
