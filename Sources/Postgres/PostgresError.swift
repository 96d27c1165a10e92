import Failures
import Glibc

/// What went wrong with a server, its files or its programs.
public struct PostgresError: Failure {
    public let kind: FailureKind
    public let code: String
    public let message: String
    public let hint: String?
    public let details: [String]
    /// The five characters the server sent; nil when the error did not come from a server.
    public let sqlState: String?
    /// The server function that raised it, when known; tells a `reject` line of pg_hba.conf (`ClientAuthentication`)
    /// from credentials that did not fit (`auth_failed`), whatever language the server speaks.
    public let serverFunction: String?

    public init(
        _ kind: FailureKind, code: String, _ message: String, hint: String? = nil, details: [String] = [],
        sqlState: String? = nil, serverFunction: String? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
        self.sqlState = sqlState
        self.serverFunction = serverFunction
    }

    /// The class of an error that a server reported.
    static func kind(ofSQLState state: String?) -> FailureKind {
        guard let state else { return .operation }
        if state.hasPrefix("28") || state == "42501" { return .notPermitted }
        // 08: connection lost; 57P01…57P03: the server is going down or not up yet; 53300: no connection slot left.
        if state.hasPrefix("08") || ["57P01", "57P02", "57P03", "53300"].contains(state) { return .unavailable }
        return .operation
    }

    /// The server would not let this role in: no fitting line in pg_hba.conf, wrong password, no such role.
    public var isLoginRefused: Bool { sqlState?.hasPrefix("28") ?? false }
    /// A line of pg_hba.conf, or the absence of one, refused the connection before any credentials were asked for.
    public var isRefusedByHostBasedAuthentication: Bool {
        isLoginRefused && serverFunction == "ClientAuthentication"
    }
    /// The server is there but not ready: starting up, shutting down, or in recovery without hot standby.
    public var isStartingUp: Bool { sqlState == "57P03" }
}

/// The text of `errno` for a failed system call.
func systemError(
    _ what: String, path: String, errno number: Int32, code: String = "file-error", hint: String? = nil
) -> PostgresError {
    let reason = SystemReason(number)
    return PostgresError(
        reason.kind, code: code, "cannot \(what) \(path): \(reason.text)", hint: hint ?? reason.hint)
}
