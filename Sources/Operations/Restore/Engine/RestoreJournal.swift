import Catalog
import TargetTime

/// The eight steps, by the names that plan, journal and files carry.
public enum RestoreStepName: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    case removeSubscriptions = "remove-subscriptions"
    case tearDownReplicas = "tear-down-replicas"
    case removeBackupConfiguration = "remove-backup-configuration"
    case stopPrimary = "stop-primary"
    case restoreFiles = "restore-files"
    case startPrimary = "start-primary"
    case recreateReplicas = "recreate-replicas"
    case recreateSubscriptions = "recreate-subscriptions"

    /// 1 to 8.
    public var number: Int { Self.allCases.firstIndex(of: self)! + 1 }
}

/// Where a restore stands, on disk before and after each step of each node.
///
/// What it says of the world is not believed over the world itself: a step that is entered again looks first.
public struct RestoreJournal: Sendable, Equatable, Codable {
    public static let currentFormat = 1

    public enum State: String, Sendable, Codable {
        case running
        case interrupted
        case failed
        case done
        case aborted
    }

    public enum NodeState: String, Sendable, Codable {
        case pending
        case running
        case done
        case failed
        /// Done as far as needed; something beside the node itself is left to do.
        case warning
    }

    public struct Entry: Sendable, Equatable, Codable {
        public var state: NodeState = .pending
        public var startedAt: Instant?
        public var endedAt: Instant?
        /// What went wrong, or what is left to do.
        public var detail: String?

        public var seconds: Double? {
            guard let startedAt, let endedAt else { return nil }
            return endedAt.seconds(since: startedAt)
        }
    }

    public var format = RestoreJournal.currentFormat
    public var id: String
    public var database: String
    public var nodes: [String]
    public var fingerprint: String
    public var state: State
    public var startedAt: Instant
    public var endedAt: Instant?
    public var task: String?
    /// Step → node → entry.
    public var steps: [RestoreStepName: [String: Entry]]
    public var facts: [String: NodeRestoreFacts]

    public init(id: String, plan: RestorePlan, at: Instant, task: String?) {
        self.id = id
        database = plan.order.databaseID
        nodes = plan.nodeNames
        fingerprint = plan.fingerprint
        state = .running
        startedAt = at
        self.task = task
        let blank = Dictionary(uniqueKeysWithValues: plan.nodeNames.map { ($0, Entry()) })
        steps = Dictionary(uniqueKeysWithValues: RestoreStepName.allCases.map { ($0, blank) })
        facts = Dictionary(uniqueKeysWithValues: plan.nodeNames.map { ($0, NodeRestoreFacts()) })
    }

    /// The first step that is not done on every node; nil when all are.
    public var currentStep: RestoreStepName? {
        RestoreStepName.allCases.first { step in
            nodes.contains { name in
                let state = steps[step]?[name]?.state ?? .pending
                return state != .done && state != .warning
            }
        }
    }

    /// Whether the files of any node may have been touched: from there on only forward.
    public var filesTouched: Bool {
        nodes.contains {
            (steps[.restoreFiles]?[$0]?.state ?? .pending) != .pending || facts[$0]?.wereFilesTouched == true
        }
    }
}

/// What is remembered of one node while it is restored, because afterwards it exists nowhere else.
public struct NodeRestoreFacts: Sendable, Equatable, Codable {
    /// The server ran when the restore began.
    public var wasRunning = false
    /// The node's own configuration files were saved here, before the fence went up.
    public var savedConfiguration: String?
    /// Replica host id → where its directory was moved.
    public var replicasMovedAside: [String: String] = [:]
    /// A data directory that held no cluster, moved here.
    public var directoryMovedAside: String?
    /// What was in `pg_wal` of a server that was down and was not archived, copied here.
    public var walSetAside: String?
    /// Names of those of the copies that are archived only when nothing can be put back any more: a server that is
    /// started again goes on writing the last one.
    public var walToArchive: [String]?
    public var undo: UndoMark?
    /// How many restore points were begun: each has a name of its own, since recovery stops at the first of a name.
    public var marksBegun: Int?
    /// The same on the node that this one is restored from.
    public var sourceMarks: Int?
    /// The end of a dead server's archive was looked for, to be the way back.
    public var lookedForEnd: Bool?
    /// Timeline of the promoted node.
    public var timeline: UInt32?
    public var systemIdentifier: String?
    /// Commit time of the last transaction that was replayed.
    public var lastCommit: Instant?
    /// Table → rows, of the restored database; nil for a table that took too long to count.
    public var rows: [String: Int64?]?
    /// Archive settings of the node's own `postgresql.auto.conf` are back.
    public var hasOwnSettings = false
    /// Backups were turned on again, into this repository id.
    public var reenabledRepository: String?
    /// Backups of the node were on when the restore began.
    public var hadBackups = false
    /// Host ids of the replicas whose servers ran when the restore began.
    public var replicasRunning: [String]?
    /// What the record had as the way back before this restore, for an abort.
    public var undoBefore: UndoPoint?
    /// An earlier restore, which this one replaces, had begun to write the node's files.
    public var wereFilesTouched: Bool?
    /// Where the inventory of the node's subscriptions is; nil until it was written.
    public var inventory: String?
    /// nil as long as nothing was done about subscriptions.
    public var replication: ReplicationFacts?
}

extension NodeRestoreFacts {
    /// What a restore that takes the place of an unfinished one has to know of the node: how it was before either.
    func inherited(filesTouched: Bool) -> NodeRestoreFacts {
        var own = NodeRestoreFacts()
        own.wasRunning = wasRunning
        own.savedConfiguration = savedConfiguration
        own.replicasMovedAside = replicasMovedAside
        own.directoryMovedAside = directoryMovedAside
        own.walSetAside = walSetAside
        own.walToArchive = walToArchive
        own.undo = undo
        own.lookedForEnd = lookedForEnd
        own.hadBackups = hadBackups
        own.replicasRunning = replicasRunning
        own.undoBefore = undoBefore
        own.wereFilesTouched = filesTouched
        own.inventory = inventory
        own.replication = replication?.inherited
        return own
    }
}

/// The place from which a node's state just before the restore can be brought back.
public struct UndoMark: Sendable, Equatable, Codable {
    public var book: BookReference
    /// Newest backup that had stopped before the point.
    public var label: String?
    public var timeline: UInt32
    /// Of the restore point; nil where a server that was down could not make one, and the position is all there is.
    public var name: String?
    public var lsn: String
    public var at: Instant

    /// Where a recovery stops that brings the state back.
    public var target: RestoreTarget { name.map { .name($0) } ?? .lsn(lsn) }
}
