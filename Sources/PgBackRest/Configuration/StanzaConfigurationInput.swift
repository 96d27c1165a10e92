public import Spec

/// Everything that a stanza's configuration file is made from.
public struct StanzaConfigurationInput: Sendable {
    /// What the file is for.
    public enum Purpose: Sendable, Hashable {
        /// Archiving and backups of a living node.
        case backup
        /// Restores: repositories are only read, nothing is said about retention, and all cores are used.
        case restore
    }

    public var purpose: Purpose
    /// The database whose backups are meant; of a restore the source's.
    public var databaseID: String
    /// The node whose backups are meant; of a restore the source's.
    public var node: String
    /// In the order of their numbers, from 1.
    public var repositories: [Repository]
    public var stanza: String
    /// Data directory; of a restore the target's.
    public var pgdata: String
    public var port: Int?
    public var socketDir: String?
    /// Role to connect as; nil leaves it to pgBackRest, which takes the operating system's user.
    public var superuser: String?
    public var lockPath: String
    public var logPath: String
    public var spoolPath: String
    /// Cores of this host.
    public var cores: Int
    public var version: PgBackRestVersion
    /// For the `[global]` section; win over everything that pgstanza would write there.
    public var options: [String: String]
    /// Where the caller puts the key files, by number of the repository; see ``GCSKeyFile``.
    public var gcsKeyPaths: [Int: String]
    /// Numbers of the repositories that are new, and so can bundle from their first backup on.
    public var bundleRepos: Set<Int>

    public init(
        purpose: Purpose = .backup, databaseID: String, node: String, repositories: [Repository],
        stanza: String = "db", pgdata: String, port: Int? = nil, socketDir: String? = nil,
        superuser: String? = nil, lockPath: String, logPath: String, spoolPath: String, cores: Int,
        version: PgBackRestVersion, options: [String: String] = [:], gcsKeyPaths: [Int: String] = [:],
        bundleRepos: Set<Int> = []
    ) {
        self.purpose = purpose
        self.databaseID = databaseID
        self.node = node
        self.repositories = repositories
        self.stanza = stanza
        self.pgdata = pgdata
        self.port = port
        self.socketDir = socketDir
        self.superuser = superuser
        self.lockPath = lockPath
        self.logPath = logPath
        self.spoolPath = spoolPath
        self.cores = cores
        self.version = version
        self.options = options
        self.gcsKeyPaths = gcsKeyPaths
        self.bundleRepos = bundleRepos
    }
}
