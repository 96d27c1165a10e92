import Failures
import Glibc

/// What can go wrong with pgstanza's own files and locks.
public struct CatalogError: Failure {
    public let kind: FailureKind
    public let code: String
    public let message: String
    public let hint: String?
    public let details: [String]

    public init(_ kind: FailureKind, code: String, _ message: String, hint: String? = nil, details: [String] = []) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
    }

    /// A system call that failed with `number` while doing `what` ("write", "lock") to `path`.
    static func system(_ what: String, _ path: String, errno number: Int32) -> CatalogError {
        let reason = SystemReason(number)
        let code =
            switch reason.kind {
            case .notPermitted: "not-permitted"
            case .notFound: "no-such-file"
            default: number == ENOSPC || number == EDQUOT ? "disk-full" : "file-error"
            }
        return CatalogError(reason.kind, code: code, "cannot \(what) \(path): \(reason.text)", hint: reason.hint)
    }

    /// A state file whose content cannot be understood.
    static func damaged(_ path: String, _ reason: String) -> CatalogError {
        CatalogError(
            .operation, code: "damaged-file", "\(path) is damaged: \(reason)",
            hint: "put back a good copy of it, or move it aside")
    }

    static func noSuchDatabase(_ id: String, known: [String], home: Home) -> CatalogError {
        let hint: String
        if known.isEmpty {
            hint =
                "the home \(home.path) knows no database yet: 'pgstanza db create SPEC' makes one, and --home or "
                + "PGSTANZA_HOME names another home"
        } else {
            hint = "known in \(home.path): \(known.prefix(20).joined(separator: ", "))"
        }
        return CatalogError(.notFound, code: "no-such-database", "there is no database \"\(id)\"", hint: hint)
    }
}
