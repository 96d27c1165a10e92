import CLibpq
import Dispatch
import Failures
import Glibc

/// libpq's connection. Used by one thread at a time: the executor of the ``Connection`` that owns it.
final class Session {
    let waker: Waker
    let notices = NoticeBox()
    private let handle: ConnectionHandle
    private let place: String
    /// False once the server did not answer a request to cancel: what it would say next belongs to an old statement.
    private(set) var isUsable = true
    private var cancelledAt: Deadline?
    private var cancelRequest: CancelRequest?

    private init(_ handle: consuming ConnectionHandle, waker: Waker, place: String) {
        self.handle = handle
        self.waker = waker
        self.place = place
    }

    var serverVersion: Int { Int(PQserverVersion(handle.raw)) }

    /// Connects within the parameters' `connectTimeout`.
    static func open(_ parameters: ConnectionParameters, waker: Waker) throws -> Session {
        let handle = try ConnectionHandle.start(parameters)
        let session = Session(handle, waker: waker, place: parameters.place)
        let raw = session.handle.raw
        let context = Unmanaged.passUnretained(session.notices).toOpaque()
        PQsetNoticeReceiver(raw, { NoticeBox.receive(context: $0, result: $1) }, context)
        // A connection that fails has no result to ask for its SQLSTATE; the verbose text holds it.
        PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
        let deadline = Deadline(seconds: parameters.connectTimeout)
        var wants = PGRES_POLLING_WRITING
        while wants != PGRES_POLLING_OK {
            if wants == PGRES_POLLING_FAILED || PQstatus(raw) == CONNECTION_BAD {
                throw session.connectError(parameters)
            }
            let events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT
            switch session.wait(for: events, until: deadline) {
            case .ready: break
            case .woken: try Task.checkCancellation(); continue
            case .over:
                throw PostgresError(
                    .unavailable, code: "connect-timeout",
                    "no connection to \(parameters.place) as \(parameters.user) within "
                        + "\(Int(parameters.connectTimeout)) s",
                    hint: "see that the server there runs and takes connections, and that nothing between drops them")
            }
            wants = PQconnectPoll(raw)
        }
        PQsetErrorVerbosity(raw, PQERRORS_DEFAULT)
        return session
    }

    private func connectError(_ parameters: ConnectionParameters) -> PostgresError {
        let refusal = LoginRefusal(String(cString: PQerrorMessage(handle.raw)))
        let kind: FailureKind = refusal.sqlState?.hasPrefix("28") ?? false ? .notPermitted : .unavailable
        return PostgresError(
            kind, code: kind == .notPermitted ? "login-refused" : "cannot-connect",
            "cannot connect to \(parameters.place) as \(parameters.user), database \(parameters.database): "
                + refusal.message,
            hint: refusal.hint ?? Self.hint(refusal.sqlState, parameters), sqlState: refusal.sqlState,
            serverFunction: refusal.function)
    }

    /// What helps where the server gives no hint of its own.
    private static func hint(_ sqlState: String?, _ parameters: ConnectionParameters) -> String? {
        switch sqlState {
        case "28P01": "the password at hand for \(parameters.user) is another than the server's"
        case "28000":
            "pg_hba.conf there must let \(parameters.user) in from this host, and the role must exist and may log in"
        case "3D000": "the database must be there: psql -l lists those that are"
        case "53300": "every connection is taken: end some, or raise max_connections"
        case "57P03": "wait until it is up; its log says what it does"
        default: nil
        }
    }

    /// Sends one statement with its parameters.
    func send(_ sql: String, parameters: [String?]) throws {
        let buffers = parameters.map { $0.map { strdup($0) } ?? nil }
        defer { buffers.forEach { free($0) } }
        let values = buffers.map { UnsafePointer<CChar>($0) }
        try check(PQsendQueryParams(handle.raw, sql, Int32(values.count), nil, values, nil, nil, 0))
    }

    /// Sends text that may hold several statements.
    func send(_ sql: String) throws {
        try check(PQsendQuery(handle.raw, sql))
    }

    /// Reads everything the server answers to what was sent; the rows of the last result.
    func results(until deadline: Deadline) throws -> [Row] {
        cancelledAt = nil
        var rows: [Row] = []
        var failure: PostgresError?
        var ended: (any Error)?
        while true {
            do {
                try waitForResult(until: deadline)
            } catch {
                guard ended == nil, isUsable else { throw ended ?? error }
                // Asked to cancel: what the server still says is read, so that the session can be used again.
                ended = error
                continue
            }
            guard let result = ResultHandle.next(of: handle.raw) else { break }
            switch result.status {
            case PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE: rows = result.rows
            case PGRES_COMMAND_OK: rows = []
            case PGRES_EMPTY_QUERY: break
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                isUsable = false
                throw PostgresError(
                    .operation, code: "copy-refused", "COPY from or to the client cannot be used here",
                    hint: "use INSERT, or COPY from a file of the server's")
            default: failure = failure ?? result.error
            }
        }
        finishCancelling()
        if let ended { throw ended }
        if let failure {
            if PQstatus(handle.raw) == CONNECTION_BAD { isUsable = false }
            throw failure
        }
        return rows
    }

    /// Waits until a result can be fetched without blocking.
    private func waitForResult(until deadline: Deadline) throws {
        while true {
            let unsent = PQflush(handle.raw)
            guard unsent >= 0 else { throw lost() }
            if unsent == 0 && PQisBusy(handle.raw) == 0 { return }
            switch wait(for: unsent == 1 ? POLLIN | POLLOUT : POLLIN, until: cancelledAt ?? deadline) {
            case .ready:
                guard PQconsumeInput(handle.raw) == 1 else { throw lost() }
            case .woken:
                if Task.isCancelled, cancelledAt == nil {
                    cancel()
                    throw CancellationError()
                }
            case .over:
                guard cancelledAt == nil else {
                    isUsable = false
                    throw PostgresError(
                        .unavailable, code: "server-silent",
                        "the server at \(place) did not answer a request to cancel a statement",
                        hint: "see whether that host and the way to it still work, then run the same again")
                }
                cancel()
                throw PostgresError(
                    .operation, code: "query-timeout",
                    "a statement on \(place) did not end within \(Int(deadline.seconds)) s and was cancelled",
                    hint: "pg_locks and pg_stat_activity there show what it waited for", sqlState: "57014")
            }
        }
    }

    /// Asks the server to cancel what runs. The request is a connection of its own and can hang like any other, so
    /// it goes from another thread; the answer to the statement is waited for a few seconds more.
    private func cancel() {
        cancelledAt = Deadline(seconds: 5)
        guard let raw = PQgetCancel(handle.raw) else { return }
        let request = CancelRequest(raw: raw)
        cancelRequest = request
        DispatchQueue.global().async { request.send() }
    }

    /// Waits until the server has done with a request to cancel: it signals the backend twice, and the second signal
    /// would hit the next statement.
    private func finishCancelling() {
        guard let request = cancelRequest else { return }
        cancelRequest = nil
        if !request.isFinished(within: 5) { isUsable = false }
    }

    private func check(_ accepted: Int32) throws {
        guard accepted == 1 else { throw lost() }
    }

    private func lost() -> PostgresError {
        if PQstatus(handle.raw) == CONNECTION_BAD { isUsable = false }
        let text = LoginRefusal(String(cString: PQerrorMessage(handle.raw)))
        return PostgresError(
            .unavailable, code: "connection-lost", "lost the connection to \(place): \(text.message)", hint: text.hint)
    }

    private enum Waited { case ready, woken, over }

    /// Waits for the socket, the waker or the deadline.
    private func wait(for events: Int32, until deadline: Deadline) -> Waited {
        var descriptors = [
            pollfd(fd: PQsocket(handle.raw), events: Int16(events), revents: 0),
            pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let count = poll(&descriptors, 2, deadline.milliseconds)
            if count < 0 && errno == EINTR { continue }
            if count == 0 { return .over }
            if descriptors[1].revents != 0 {
                waker.drain()
                return .woken
            }
            return .ready
        }
    }
}

/// A request to cancel, which libpq lets any thread send.
private final class CancelRequest: @unchecked Sendable {
    private let raw: OpaquePointer
    private let finished = DispatchSemaphore(value: 0)

    init(raw: OpaquePointer) {
        self.raw = raw
    }

    /// Returns when the server has closed the request's connection.
    func send() {
        var reason = [CChar](repeating: 0, count: 256)
        _ = PQcancel(raw, &reason, Int32(reason.count))
        PQfreeCancel(raw)
        finished.signal()
    }

    func isFinished(within seconds: Double) -> Bool {
        finished.wait(timeout: .now() + seconds) == .success
    }
}
