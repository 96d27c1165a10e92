import CLibpq
import Dispatch
import Failures
import Glibc

/// A session of a server. Calls run one after the other on a thread of its own; each has a deadline, after which, as
/// when the task is cancelled, the server is asked to cancel the statement.
public actor Connection {
    public nonisolated let parameters: ConnectionParameters
    private nonisolated let executor: BlockingExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var session: Session?
    /// The version of the server, as libpq counts: 150018 for 15.18.
    public private(set) var serverVersion: Int = 0

    private init(_ parameters: ConnectionParameters) {
        self.parameters = parameters
        executor = BlockingExecutor(label: "pgstanza.connection")
    }

    /// Connects.
    ///
    /// Throws ``PostgresError``: `.notPermitted` when the server refuses the role, otherwise `.unavailable`; or
    /// `CancellationError`.
    public static func open(_ parameters: ConnectionParameters) async throws -> Connection {
        let connection = Connection(parameters)
        try await connection.connect()
        return connection
    }

    /// Opens, hands the connection over, and closes it whatever happens.
    public static func with<Result: Sendable>(
        _ parameters: ConnectionParameters, _ body: @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        let connection = try await open(parameters)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Runs one statement with parameters `$1`, `$2`…; gives its rows.
    ///
    /// `timeout` in seconds overrides the connection's own. Throws ``PostgresError`` with the server's SQLSTATE,
    /// or `CancellationError`.
    @discardableResult
    public func query(_ sql: String, _ params: [String?] = [], timeout: Double? = nil) async throws -> [Row] {
        try await run(timeout) { session, deadline in
            try session.send(sql, parameters: params)
            return try session.results(until: deadline)
        }
    }

    /// Runs text that may hold several statements (simple protocol: one transaction unless it says otherwise);
    /// gives the rows of the last one.
    @discardableResult
    public func execute(_ sql: String, timeout: Double? = nil) async throws -> [Row] {
        try await run(timeout) { session, deadline in
            try session.send(sql)
            return try session.results(until: deadline)
        }
    }

    /// The first column of the first row; nil when there is no row or it is NULL.
    public func value(_ sql: String, _ params: [String?] = [], timeout: Double? = nil) async throws -> String? {
        try await query(sql, params, timeout: timeout).first?[0]
    }

    /// Runs `body` between BEGIN and COMMIT; rolls back when it throws.
    public func transaction<Result: Sendable>(
        _ body: @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        try await execute("BEGIN")
        do {
            let result = try await body(self)
            try await execute("COMMIT")
            return result
        } catch {
            // The task may be cancelled: the rollback must go out all the same, or the session keeps its locks.
            _ = await Task { try? await self.execute("ROLLBACK") }.value
            throw error
        }
    }

    /// What the server said besides results since this was last asked, oldest first; bounded.
    public func takeNotices() -> [String] {
        session?.notices.take() ?? []
    }

    /// Ends the session. Calls after that throw.
    public func close() {
        session = nil
    }

    private func connect() async throws {
        let waker = try Waker()
        session = try await withTaskCancellationHandler {
            try Session.open(parameters, waker: waker)
        } onCancel: {
            waker.wake()
        }
        serverVersion = session?.serverVersion ?? 0
    }

    private func openSession() throws -> Session {
        guard let session else {
            throw PostgresError(
                .unavailable, code: "connection-closed", "the connection to \(parameters.place) is closed",
                hint: "the server, or somebody there, ended it: see its log, then run the same again")
        }
        return session
    }

    private func run(
        _ timeout: Double?, _ body: (Session, Deadline) throws -> [Row]
    ) async throws -> [Row] {
        let session = try openSession()
        try Task.checkCancellation()
        let deadline = Deadline(seconds: timeout ?? parameters.queryTimeout)
        let waker = session.waker
        do {
            return try await withTaskCancellationHandler {
                try body(session, deadline)
            } onCancel: {
                waker.wake()
            }
        } catch {
            if !session.isUsable { self.session = nil }
            throw error
        }
    }
}

/// Runs an actor's jobs on a dispatch queue, so that a call which waits does not hold a thread of the shared pool.
final class BlockingExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}

/// A moment on the monotonic clock.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant
    let seconds: Double

    init(seconds: Double) {
        self.seconds = seconds
        // Far enough away for "never", near enough not to overflow.
        end = .now + .seconds(min(max(seconds, 0), 1e9))
    }

    var isOver: Bool { ContinuousClock.now >= end }

    /// Milliseconds left, for poll(2); at least 0.
    var milliseconds: Int32 {
        let left = (end - .now).components
        let value = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
        return Int32(clamping: max(0, value + 1))
    }
}

/// Wakes a thread that sits in poll(2).
final class Waker: Sendable {
    let descriptor: Int32

    init() throws {
        descriptor = pgstanza_eventfd()
        guard descriptor >= 0 else {
            let reason = SystemReason(errno)
            throw PostgresError(.operation, code: "no-eventfd", "eventfd: \(reason.text)", hint: reason.hint)
        }
    }

    deinit { _ = Glibc.close(descriptor) }

    func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    func drain() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
