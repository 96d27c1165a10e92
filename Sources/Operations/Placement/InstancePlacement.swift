import Catalog

/// One server process and its data directory, with every default filled in.
public struct InstancePlacement: Sendable, Equatable {
    public var hostID: String
    public var role: InstanceRole
    /// Whether it lives on this machine.
    public var isHere: Bool
    /// Absolute path of the data directory.
    public var pgdata: String
    /// 0 until a free one has been chosen.
    public var port: Int
    /// Directory of the Unix socket.
    public var socketDir: String
    /// Where others reach it by TCP.
    public var address: String
    /// Directory of the Postgres programs when the spec or the record names one.
    public var binDir: String?
    /// What the server itself logs to when it is started with `pg_ctl`.
    public var logFile: String

    /// Where the tablespaces of a replica are that shares its primary's machine, each under its oid.
    var tablespacesPath: String { "\(pgdata).tablespaces" }
}
