/// What the repositories hold of one stanza: `pgbackrest info`.
public struct StanzaInfo: Sendable, Hashable {
    public let name: String
    /// Of the stanza over all repositories.
    public let status: StanzaStatus
    /// Whether a backup, or another command that takes the same lock, is at work.
    public let isLockHeld: Bool
    public let repositories: [RepositoryInfo]
    /// The clusters that the stanza has had, oldest first, per repository.
    public let databases: [DatabaseInfo]
    public let archives: [ArchiveInfo]
    /// Oldest first, over all repositories.
    public let backups: [BackupSet]

    /// The newest backup set; of one repository when a number is given.
    public func newestBackup(repo: Int? = nil) -> BackupSet? {
        backups.last { repo == nil || $0.repoKey == repo }
    }

    /// The cluster that a backup set was taken of.
    public func database(of set: BackupSet) -> DatabaseInfo? {
        databases.first { $0.id == set.databaseID && $0.repoKey == set.repoKey }
    }

    /// The cluster that a repository is for at present.
    public func currentDatabase(repo: Int) -> DatabaseInfo? {
        databases.filter { $0.repoKey == repo }.max { $0.id < $1.id }
    }
}

/// How a stanza, or one repository of it, stands. `info` exits with 0 whatever it finds, so only this tells.
public struct StanzaStatus: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        case ok
        /// The repository does not know the stanza; a wrong path looks the same.
        case missingStanza
        case noBackups
        case missingData
        /// The repositories differ; see each.
        case mixed
        /// The repositories are of different clusters.
        case databaseMismatch
        case setNotFound
        /// Something went wrong; the message says what.
        case failed
    }

    public let code: Int
    /// What pgBackRest says about it, of failed requests without the dump.
    public let message: String

    public var state: State {
        switch code {
        case 0: .ok
        case 1: .missingStanza
        case 2: .noBackups
        case 3: .missingData
        case 4: .mixed
        case 5: .databaseMismatch
        case 6: .setNotFound
        default: .failed
        }
    }
}

/// One configured repository.
public struct RepositoryInfo: Sendable, Hashable {
    /// Its number in the configuration.
    public let key: Int
    public let status: StanzaStatus
    /// `none` or `aes-256-cbc`.
    public let cipher: String
}

/// One cluster in a stanza's history.
public struct DatabaseInfo: Sendable, Hashable {
    /// Counts from 1 in each repository; a stanza-upgrade adds one.
    public let id: Int
    public let repoKey: Int
    public let systemIdentifier: UInt64
    /// Major version, as in `15`.
    public let version: String

    /// The name of its directory in the WAL archive, as in `15-1`.
    public var archiveID: String { "\(version)-\(id)" }
}

/// The WAL archive of one cluster in one repository.
public struct ArchiveInfo: Sendable, Hashable {
    /// Version and database id, as in `15-1`.
    public let id: String
    public let databaseID: Int
    public let repoKey: Int
    /// First and last segment by name; nil when there is none.
    public let min: String?
    public let max: String?
}
