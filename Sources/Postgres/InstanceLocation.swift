/// One server process and its data directory: where it is and how it is reached from this host.
public struct InstanceLocation: Sendable, Hashable {
    public var pgdata: String
    public var port: Int
    /// Directory of the socket.
    public var socketDir: String
    /// Directory of the Postgres programs.
    public var binDir: String
    /// What the server says before its own logging is up.
    public var logFile: String
    /// Role that pgstanza and pgBackRest connect as.
    public var superuser: String

    public init(
        pgdata: String, port: Int, socketDir: String, binDir: String, logFile: String, superuser: String
    ) {
        self.pgdata = pgdata
        self.port = port
        self.socketDir = socketDir
        self.binDir = binDir
        self.logFile = logFile
        self.superuser = superuser
    }

    /// How the superuser connects over the local socket.
    public func connection(database: String = "postgres", connectTimeout: Double = 10) -> ConnectionParameters {
        ConnectionParameters(
            host: socketDir, port: port, user: superuser, database: database, connectTimeout: connectTimeout)
    }
}
