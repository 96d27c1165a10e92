import CLibpq
import Failures
import Glibc

/// Owns libpq's connection object.
struct ConnectionHandle: ~Copyable {
    let raw: OpaquePointer

    /// Begins to connect, without waiting.
    static func start(_ parameters: ConnectionParameters) throws -> ConnectionHandle {
        let pairs = parameters.keywords
        let texts = (pairs.map(\.0) + pairs.map(\.1)).map { strdup($0) }
        defer { texts.forEach { free($0) } }
        let keywords = texts[..<pairs.count].map { UnsafePointer<CChar>($0) } + [nil]
        let values = texts[pairs.count...].map { UnsafePointer<CChar>($0) } + [nil]
        guard let raw = PQconnectStartParams(keywords, values, 0) else {
            throw PostgresError(
                .operation, code: "out-of-memory", "libpq could not make a connection object",
                hint: SystemReason(ENOMEM).hint)
        }
        return ConnectionHandle(raw: raw)
    }

    /// A connection object that never connects: its only option is one that cannot be used.
    static func unconnected() throws -> ConnectionHandle {
        guard let raw = PQconnectStart("port=none") else {
            throw PostgresError(
                .operation, code: "out-of-memory", "libpq could not make a connection object",
                hint: SystemReason(ENOMEM).hint)
        }
        return ConnectionHandle(raw: raw)
    }

    private init(raw: OpaquePointer) { self.raw = raw }

    deinit { PQfinish(raw) }
}

/// Owns one of libpq's results.
struct ResultHandle: ~Copyable {
    private let raw: OpaquePointer

    /// The next result of what was sent; nil after the last.
    static func next(of connection: OpaquePointer) -> ResultHandle? {
        guard let raw = PQgetResult(connection) else { return nil }
        return ResultHandle(raw: raw)
    }

    private init(raw: OpaquePointer) { self.raw = raw }

    deinit { PQclear(raw) }

    var status: ExecStatusType { PQresultStatus(raw) }

    var rows: [Row] {
        let width = PQnfields(raw)
        let columns = (0..<width).map { String(cString: PQfname(raw, $0)) }
        return (0..<PQntuples(raw)).map { row in
            Row(
                columns: columns,
                values: (0..<width).map { column in
                    PQgetisnull(raw, row, column) == 1 ? nil : String(cString: PQgetvalue(raw, row, column))
                })
        }
    }

    var error: PostgresError {
        let state = ResultField.text(PGSTANZA_DIAG_SQLSTATE, of: raw)
        let primary = ResultField.text(PGSTANZA_DIAG_MESSAGE_PRIMARY, of: raw)
        let detail = ResultField.text(PGSTANZA_DIAG_MESSAGE_DETAIL, of: raw)
        let whole = PQresultErrorMessage(raw).map { LoginRefusal(String(cString: $0)).message }
        return PostgresError(
            PostgresError.kind(ofSQLState: state), code: state == nil ? "connection-lost" : "sql-error",
            primary ?? whole ?? "the server gave no reason",
            hint: ResultField.text(PGSTANZA_DIAG_MESSAGE_HINT, of: raw),
            details: (state.map { ["SQLSTATE \($0)"] } ?? []) + (detail.map { [$0] } ?? []), sqlState: state)
    }
}

/// Fields of an error or a notice.
enum ResultField {
    static func text(_ field: pgstanza_diag_field, of result: OpaquePointer?) -> String? {
        PQresultErrorField(result, Int32(field.rawValue)).map { String(cString: $0) }
    }
}

/// Keeps what the server says besides results, so that it does not land on standard error.
final class NoticeBox {
    private var texts: [String] = []
    private static let limit = 200

    static func receive(context: UnsafeMutableRawPointer?, result: OpaquePointer?) {
        guard let context else { return }
        let box = Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue()
        guard box.texts.count < limit, let text = ResultField.text(PGSTANZA_DIAG_MESSAGE_PRIMARY, of: result) else {
            return
        }
        let severity = ResultField.text(PGSTANZA_DIAG_SEVERITY, of: result) ?? "NOTICE"
        box.texts.append("\(severity): \(text)")
    }

    func take() -> [String] {
        defer { texts = [] }
        return texts
    }
}
