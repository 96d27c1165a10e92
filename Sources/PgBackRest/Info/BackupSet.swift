public import Spec
public import TargetTime

/// One backup set.
public struct BackupSet: Sendable, Hashable {
    public let label: String
    public let type: BackupType
    /// Label of the set it builds on.
    public let prior: String?
    /// Labels of all sets whose files it needs.
    public let references: [String]
    public let repoKey: Int
    public let databaseID: Int
    /// To the second.
    public let started: Instant
    /// To the second. The set can be recovered to instants after this one.
    public let stopped: Instant
    /// First WAL segment that recovery needs; nil for a backup of a stopped server.
    public let walStart: String?
    /// Last WAL segment that recovery to consistency needs.
    public let walStop: String?
    public let lsnStart: WALPosition?
    public let lsnStop: WALPosition?
    /// Bytes of the cluster.
    public let size: Int64
    /// Bytes of the cluster that were copied for this set.
    public let delta: Int64
    /// Bytes in the repository with everything it builds on; nil where pgBackRest does not know.
    public let repositorySize: Int64?
    /// Bytes in the repository that this set added.
    public let repositoryDelta: Int64
    public let annotations: [String: String]
    /// Whether page checksums failed; nil when that is not known.
    public let hasErrors: Bool?
    /// Only when the set was asked for by its label.
    public let details: BackupSetDetails?

    /// The timeline it was taken on.
    public var timeline: UInt32? { walStart.flatMap { UInt32($0.prefix(8), radix: 16) } }
}

/// What `info --set` says besides.
public struct BackupSetDetails: Sendable, Hashable {
    public struct Tablespace: Sendable, Hashable {
        public let name: String
        public let oid: UInt32
        /// Absolute path on the host that was backed up.
        public let destination: String
    }
    /// A symbolic link in the data directory that leads out of it.
    public struct Link: Sendable, Hashable {
        /// Its place in the data directory.
        public let name: String
        public let destination: String
    }
    public struct Database: Sendable, Hashable {
        public let name: String
        public let oid: UInt32
    }

    public let tablespaces: [Tablespace]
    public let links: [Link]
    public let databases: [Database]
    /// Files with pages whose checksum was wrong.
    public let filesWithChecksumErrors: [String]
}
