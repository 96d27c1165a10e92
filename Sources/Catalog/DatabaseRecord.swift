import PositionedJSON
import TargetTime

/// What this host knows about one database: `database.json`.
public struct DatabaseRecord: Codable, Sendable, Equatable {
    /// Format of the document that this version writes.
    public static let currentFormat = 1

    public var formatVersion: Int
    public var id: String
    /// Counts the accepted specs, from 1.
    public var revision: Int
    public var acceptedAt: Instant
    /// The accepted `spec` object with its secrets; the document is therefore 0600.
    public var spec: JSONTree
    public var state: DatabaseState
    /// By node name.
    public var nodes: [String: NodeRecord]
    /// While an update is under way or was cut short, the spec from before it; more than one when another update was to
    /// take the place of one that was cut short. Oldest first.
    public var updatingFrom: [JSONTree]?
    /// Who moves rows between the nodes: `spock`, `pglogical` or `native`, as it was chosen when they were connected;
    /// nil for nodes by themselves, and for nodes that somebody else connected.
    public var replication: String?

    private enum CodingKeys: String, CodingKey {
        case formatVersion = "format_version"
        case id, revision
        case acceptedAt = "accepted_at"
        case spec, state, nodes, replication
        case updatingFrom = "updating_from"
    }

    public init(
        id: String, revision: Int = 1, acceptedAt: Instant, spec: JSONTree, state: DatabaseState = .creating,
        nodes: [String: NodeRecord] = [:]
    ) {
        formatVersion = Self.currentFormat
        self.id = id
        self.revision = revision
        self.acceptedAt = acceptedAt
        self.spec = spec
        self.state = state
        self.nodes = nodes
    }
}

/// How far a database has come.
public enum DatabaseState: String, Codable, Sendable, CaseIterable {
    /// `db create` has not ended well yet; the same command goes on with it.
    case creating
    case ready
    /// An accepted change is not yet true of everything that runs.
    case updating
    /// A restore is under way or was interrupted.
    case restoring
}

/// What is remembered of one node.
public struct NodeRecord: Codable, Sendable, Equatable {
    /// `pg_control`'s system identifier in decimal; nil until the cluster is there.
    public var systemIdentifier: String?
    public var majorVersion: Int?
    /// Whether the cluster was there before pgstanza.
    public var adopted: Bool
    /// The instances of this host by host id.
    public var instances: [String: InstanceRecord]
    public var backups: BackupState
    /// Repositories the node wrote before and does no longer; their backups stay listed and can be restored.
    public var previousRepositories: [PastRepository]
    /// What a node whose backups are off is restored from: the repositories as the spec had them.
    public var lastRepositories: [JSONTree]
    /// How to go back to the moment before the last restore.
    public var undo: UndoPoint?
    /// pgstanza made the spec's database in this cluster, and owes it its scripts; false for one that was there.
    public var createdDatabase: Bool
    /// Server settings as they were before pgstanza turned archiving on; nil for one that was not set.
    public var archiveSettingsBefore: [String: String?]
    /// True from the moment that new repositories were accepted for a restored node until its backups are on in them.
    public var isOpeningBook: Bool?

    private enum CodingKeys: String, CodingKey {
        case systemIdentifier = "system_identifier"
        case majorVersion = "major_version"
        case adopted, instances, backups
        case previousRepositories = "previous_repositories"
        case lastRepositories = "last_repositories"
        case undo
        case createdDatabase = "created_database"
        case archiveSettingsBefore = "archive_settings_before"
        case isOpeningBook = "is_opening_book"
    }

    public init(
        systemIdentifier: String? = nil, majorVersion: Int? = nil, adopted: Bool = false,
        instances: [String: InstanceRecord] = [:], backups: BackupState = .none,
        previousRepositories: [PastRepository] = [], lastRepositories: [JSONTree] = [], undo: UndoPoint? = nil,
        createdDatabase: Bool = false, archiveSettingsBefore: [String: String?] = [:]
    ) {
        self.systemIdentifier = systemIdentifier
        self.majorVersion = majorVersion
        self.adopted = adopted
        self.instances = instances
        self.backups = backups
        self.previousRepositories = previousRepositories
        self.lastRepositories = lastRepositories
        self.undo = undo
        self.createdDatabase = createdDatabase
        self.archiveSettingsBefore = archiveSettingsBefore
    }
}

/// Whether a node's backups are taken.
public enum BackupState: String, Codable, Sendable, CaseIterable {
    case on
    /// The spec asks for them; a restore turned them off.
    case off
    /// The spec does not ask for them.
    case none
}

/// One server process and its data directory, as it was placed on this host.
public struct InstanceRecord: Codable, Sendable, Equatable {
    public var pgdata: String
    public var port: Int
    public var socketDir: String
    public var binDir: String
    public var role: InstanceRole

    private enum CodingKeys: String, CodingKey {
        case pgdata, port
        case socketDir = "socket_dir"
        case binDir = "bin_dir"
        case role
    }

    public init(pgdata: String, port: Int, socketDir: String, binDir: String, role: InstanceRole) {
        self.pgdata = pgdata
        self.port = port
        self.socketDir = socketDir
        self.binDir = binDir
        self.role = role
    }
}

/// What an instance is to its node.
public enum InstanceRole: String, Codable, Sendable, CaseIterable {
    case primary
    case replica
}

/// A repository that a node wrote up to some point, and what is needed to read it again.
public struct PastRepository: Codable, Sendable, Equatable {
    /// The repository as the spec had it, secrets included.
    public var repository: JSONTree
    /// `repoN-path` as it was written, since later versions may derive it differently.
    public var path: String?
    /// The last timeline the node wrote there.
    public var timeline: UInt32?
    /// When the node stopped writing it.
    public var until: Instant?
    /// Why, for people.
    public var note: String?

    public init(
        repository: JSONTree, path: String? = nil, timeline: UInt32? = nil, until: Instant? = nil, note: String? = nil
    ) {
        self.repository = repository
        self.path = path
        self.timeline = timeline
        self.until = until
        self.note = note
    }
}

/// The moment before a restore, as recovery can find it again.
public struct UndoPoint: Codable, Sendable, Equatable {
    /// Which restore it undoes.
    public var restore: String
    public var timeline: UInt32
    /// A log position (`0/3000028`) that is in the archive.
    public var lsn: String
    /// Name of the restore point that was made there, when the server could still make one.
    public var restorePoint: String?
    public var takenAt: Instant
    /// Where the archive is that holds it.
    public var repositories: [PastRepository]

    private enum CodingKeys: String, CodingKey {
        case restore, timeline, lsn
        case restorePoint = "restore_point"
        case takenAt = "taken_at"
        case repositories
    }

    public init(
        restore: String, timeline: UInt32, lsn: String, restorePoint: String? = nil, takenAt: Instant,
        repositories: [PastRepository] = []
    ) {
        self.restore = restore
        self.timeline = timeline
        self.lsn = lsn
        self.restorePoint = restorePoint
        self.takenAt = takenAt
        self.repositories = repositories
    }
}
