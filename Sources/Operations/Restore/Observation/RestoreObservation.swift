import TargetTime

/// Everything that was seen before a restore is planned: facts only, no judgement.
///
/// Gathered by ``RestoreObserver``; judged by ``Preflight``, which is pure.
public struct RestoreObservation: Sendable, Equatable {
    public var at: Instant
    public var specRevision: Int
    /// Version of the pgbackrest program that the first node uses; empty when it could not be asked.
    public var pgbackrestVersion: String
    public var nodes: [NodeObservation]
    /// Directories of other instances that this home knows, with their tablespaces and links.
    public var neighbours: [NeighbourDirectory]
    /// Every subscription that one of the nodes has a part in.
    var links: [ReplicationLink] = []

    public init(
        at: Instant, specRevision: Int, pgbackrestVersion: String, nodes: [NodeObservation],
        neighbours: [NeighbourDirectory] = []
    ) {
        self.at = at
        self.specRevision = specRevision
        self.pgbackrestVersion = pgbackrestVersion
        self.nodes = nodes
        self.neighbours = neighbours
    }
}

/// What was seen of one target node and of the places it may be restored from.
public struct NodeObservation: Sendable, Equatable {
    public var node: String
    /// False when the node's primary lives on another host, and nothing else here was looked at.
    public var isHere = true
    public var dataDirectory: DataDirectoryObservation
    /// nil when the server does not run.
    public var server: ServerObservation?
    /// Why a server that runs could not be asked.
    public var serverProblem: String?
    /// Who would restart the server behind our back.
    public var supervisor: String?
    /// How to hold the supervisor.
    public var supervisorHint: String?
    /// System identifier that the record has for the node, decimal.
    public var recordedSystemIdentifier: String?
    public var recordedMajorVersion: Int?
    /// `on`, `off` (a restore turned them off) or `none` (the spec gives none).
    public var backups = "on"
    /// Whether the record still offers the way back from an earlier restore.
    public var hasUndoPoint = false
    /// An unfinished restore has kept everybody out since that point was made.
    public var isFencedSinceUndoPoint = false
    /// Major version of the Postgres programs that would run the node; nil when there are none.
    public var programsMajorVersion: Int?
    public var programsProblem: String?
    /// Why the node's pgbackrest program cannot be used.
    public var pgbackrestProblem: String?
    /// The node's part in logical replication; nil when it takes none.
    var replication: NodeReplication?
    /// Why that could not be found out.
    var replicationProblem: String?
    /// Logical slots of the running node that nobody reads from just now.
    var idleSlots: Set<String> = []
    /// Sequences in no replication set, of a running node that is restored from another one.
    var looseSequences: [String] = []
    /// Slots that its providers keep for its backups, and that are of use.
    var heldSlots: Set<String> = []
    /// What the running node that it is restored from subscribes to, when that is another one.
    var sourceLinks: [ReplicationLink] = []
    public var replicas: [ReplicaObservation] = []
    /// The node's own values of settings that recovery compares, from the configuration that will be put back.
    public var ownSettings: [String: Int] = [:]
    /// Why the node's configuration files cannot be read, or put back later.
    public var configurationProblem: String?
    /// In the order of preference that the request gives.
    public var books: [BookObservation] = []
    /// Settings that the source's server runs with, by node; used where the backup's own cannot be read.
    public var sourceSettings: [String: Int] = [:]
    /// Somebody's lock on the node, when another backup or restore is under way.
    public var busyWith: String?
    /// Why nothing of the node's present state can be kept for an undo, when its archive does not work.
    public var archivingProblem: String?
    /// The book the node was last restored from, for an undo of a node whose backups are still off.
    public var closedBook: ClosedBookObservation?
    /// WAL in the node's own `pg_wal` that is not archived; nil for a server that runs or was shut down in good order.
    public var unarchivedWAL: UnarchivedWAL?
    /// Directories that tablespaces and links of the chosen backup would go to, by path as it was asked for.
    public var places: [String: PlaceObservation] = [:]

    public init(node: String, dataDirectory: DataDirectoryObservation) {
        self.node = node
        self.dataDirectory = dataDirectory
    }
}

/// A read replica of the node.
public struct ReplicaObservation: Sendable, Equatable {
    public var hostID: String
    public var isHere: Bool
    public var pgdata: String
    public var isRunning: Bool
    public var exists: Bool
    /// Why its directory cannot be moved aside; nil when it can.
    public var obstacle: String?

    public init(hostID: String, isHere: Bool, pgdata: String, isRunning: Bool, exists: Bool) {
        self.hostID = hostID
        self.isHere = isHere
        self.pgdata = pgdata
        self.isRunning = isRunning
        self.exists = exists
    }
}

/// Whether what a node wrote since its last restore, while its backups were off, can be archived by hand.
public struct ClosedBookObservation: Sendable, Equatable {
    public var repositoryName: String
    /// Why it cannot; nil when it can.
    public var problem: String?

    public init(repositoryName: String, problem: String? = nil) {
        self.repositoryName = repositoryName
        self.problem = problem
    }
}

/// WAL of a dead node that never reached its archive.
public struct UnarchivedWAL: Sendable, Equatable {
    /// Segment files that hold valid records and can be pushed.
    public var segments: [String]
    /// Why they cannot all be saved, when they cannot; names what is lost.
    public var loss: String?

    public init(segments: [String], loss: String? = nil) {
        self.segments = segments
        self.loss = loss
    }
}
