import Failures

/// Every check of a restore, by the name that plans show. Tests and runbooks look for these.
public enum CheckName: String, Sendable, CaseIterable {
    /// The node lives on this host.
    case host
    /// The pgbackrest program is there and answers.
    case pgbackrest
    /// The Postgres programs of the node are there.
    case programs
    /// Nobody else works on the node.
    case busy
    /// Nothing would start the server again while its files are restored.
    case supervisor
    /// The data directory belongs to the home's owner.
    case owner
    /// The data directory can be written.
    case writable = "directory-writable"
    /// The data directory holds the cluster that the record names.
    case dataDirectory = "data-directory"
    /// A server that runs in the data directory answers.
    case server
    /// The node's configuration files can be read and put back.
    case configuration
    /// The repository can be read and holds backups.
    case repository
    /// There is a backup set for the target.
    case backupSet = "backup-set"
    /// The backup set that was named exists.
    case setExists = "set-exists"
    /// The timeline that is followed has the target.
    case timeline
    /// The target lies within what can be replayed.
    case target
    /// The write-ahead log has no gap before the target.
    case archivedWAL = "archived-wal"
    /// The backup is not about to be expired.
    case retention
    /// Backup, node and programs are of one major version.
    case version = "postgres-version"
    /// Settings that recovery compares are not below the source's.
    case settings
    /// There is room for the cluster.
    case freeSpace = "free-space"
    case tablespaces
    case links
    /// How exactly the node's subscriptions, both ways, come back.
    case replication
    case preparedTransactions = "prepared-transactions"
    case replicas
    /// Nothing that the node wrote is missing from what is restored.
    case walLoss = "wal-loss"
    /// The node's present state can be brought back afterwards.
    case wayBack = "way-back"
    /// Every option that was given has an effect.
    case options

    /// Which class of failure it is when this check refuses; decides the exit code.
    var refusalKind: FailureKind {
        switch self {
        case .pgbackrest, .programs, .server: .unavailable
        case .busy: .busy
        case .owner, .writable: .notPermitted
        case .setExists: .notFound
        default: .refused
        }
    }
}

/// The consents that operations ask for.
public enum ConsentName: String, Sendable, CaseIterable {
    /// The data directory holds a cluster that is not the node's own.
    case otherCluster = "other-cluster"
    /// Commits that were acknowledged are in no archive.
    case walLoss = "wal-loss"
    /// What the node holds now cannot be brought back afterwards.
    case noWayBack = "no-way-back"
    /// Nodes that replicate to each other will differ.
    case divergence
    /// A replica on another host goes on serving the undone data.
    case replicaElsewhere = "replica-elsewhere"
    /// A session of a pgbackrest that is gone keeps backups out, and is ended.
    case endSession = "end-session"
}
