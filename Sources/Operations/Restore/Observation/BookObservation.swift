import PgBackRest
import Postgres
import TargetTime

/// A book: its backups and what its archive holds.
public struct BookObservation: Sendable, Equatable {
    public var reference: BookReference
    /// Identity of the repository (type, bucket or path, stanza), without secrets.
    public var identity: String
    /// Why nothing can be restored from it, when that is so.
    public var problem: BookProblem?
    public var backups: [BackupSet] = []
    /// System identifier by database id of the stanza, decimal.
    public var systemIdentifiers: [Int: String] = [:]
    public var majorVersions: [Int: Int] = [:]
    /// Bytes of a WAL segment.
    public var segmentSize: UInt64 = SegmentSize.standard
    /// Per archive id and timeline, what is known of the WAL in it.
    public var horizons: [ArchiveHorizon] = []
    /// The node of this host whose running server writes this book on its newest timeline.
    public var writer: BookWriter?
    /// Where the named restore point or the transaction was found, the newest place first.
    public var found: [FoundTarget] = []
    /// The transaction that the one which was looked for is only a part of.
    public var subtransactionOf: UInt32?
    /// How the search for it went, when there was one.
    public var search: SearchExtent?
    /// The set that the observer found to be chosen, with what `info --set` adds; nil when none fits.
    public var chosenSetDetail: BackupSet?
    /// Settings in the chosen backup's control data that recovery compares; empty when they could not be read.
    public var chosenSettings: [String: Int] = [:]
    /// How long full backups are kept: a number of them, or of days.
    public var retention: Retention?

    public init(reference: BookReference, identity: String, problem: BookProblem? = nil) {
        self.reference = reference
        self.identity = identity
        self.problem = problem
    }

    /// pgBackRest's archive id of a set, such as `15-1`.
    func archiveID(of set: BackupSet) -> String {
        "\(majorVersions[set.databaseID] ?? 0)-\(set.databaseID)"
    }

    /// Keeps what a search came upon.
    mutating func note(_ place: FoundTarget) {
        if let whole = place.subtransactionOf { subtransactionOf = whole } else { found = [place] }
    }

    /// The horizons of the archive that a set belongs to.
    func horizons(of set: BackupSet) -> [ArchiveHorizon] {
        let id = archiveID(of: set)
        return horizons.filter { $0.archiveID == id }
    }
}

/// Why nothing can be restored from a book.
public enum BookProblem: Sendable, Equatable {
    /// There is no stanza at this place: a wrong path, or nobody ever wrote there.
    case noStanza
    /// The stanza is there, without a backup.
    case noBackups
    /// What pgBackRest, or the way to it, said.
    case unreadable(String)
}

/// A running server that writes a book.
public struct BookWriter: Sendable, Equatable {
    public var node: String
    public var timeline: UInt32
    public var currentLSN: LSN

    public init(node: String, timeline: UInt32, currentLSN: LSN) {
        self.node = node
        self.timeline = timeline
        self.currentLSN = currentLSN
    }
}

/// Where a restore point or a transaction was found in the WAL.
public struct FoundTarget: Sendable, Equatable {
    public var timeline: UInt32
    public var lsn: LSN
    public var at: Instant?
    /// False when it was found in the running server's own `pg_wal`, in a segment that has yet to be archived.
    public var isArchived: Bool
    /// The transaction that it is a part of, when what was found is only a subtransaction: recovery cannot stop there.
    public var subtransactionOf: UInt32?

    public init(timeline: UInt32, lsn: LSN, at: Instant?, isArchived: Bool = true) {
        self.timeline = timeline
        self.lsn = lsn
        self.at = at
        self.isArchived = isArchived
    }
}

/// How much WAL a search looked through.
public struct SearchExtent: Sendable, Equatable {
    public var segments: Int
    /// Whether it ended at its bound, with older WAL left unread.
    public var reachedBound: Bool

    public init(segments: Int, reachedBound: Bool) {
        self.segments = segments
        self.reachedBound = reachedBound
    }
}

/// How long full backups are kept.
public enum Retention: Sendable, Equatable {
    case fulls(Int)
    case days(Int)
}
