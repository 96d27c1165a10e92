import Postgres
import TargetTime

/// What the archive of one timeline holds, in positions and in time.
public struct ArchiveHorizon: Sendable, Equatable {
    /// pgBackRest's archive id, such as `15-1`: major version and database id of the stanza.
    public var archiveID: String
    public var timeline: UInt32
    /// Where this timeline left another one; nil for the first.
    public var fork: TimelineFork?
    /// Stretches of segments without a gap, in ascending order.
    public var runs: [ArchiveRun]

    public init(archiveID: String, timeline: UInt32, fork: TimelineFork? = nil, runs: [ArchiveRun]) {
        self.archiveID = archiveID
        self.timeline = timeline
        self.fork = fork
        self.runs = runs
    }
}

/// A stretch of archived WAL segments of one timeline without a gap.
public struct ArchiveRun: Sendable, Equatable {
    /// Segment numbers counted from the beginning of the write-ahead log; both are in the archive.
    public var first: UInt64
    public var last: UInt64
    /// Time of the first commit that is this timeline's own; nil when none was found or none was looked for.
    public var firstCommit: Instant?
    /// Time of the last commit; nil when none was found within the scan's bound or none was looked for.
    public var lastCommit: Instant?
    /// Start of the last record; nil when it was not looked for.
    public var lastRecord: LSN?

    public init(
        first: UInt64, last: UInt64, firstCommit: Instant? = nil, lastCommit: Instant? = nil, lastRecord: LSN? = nil
    ) {
        self.first = first
        self.last = last
        self.firstCommit = firstCommit
        self.lastCommit = lastCommit
        self.lastRecord = lastRecord
    }
}

/// The point where a timeline left its parent.
public struct TimelineFork: Sendable, Equatable {
    public var parent: UInt32
    public var lsn: LSN
    /// The parent's last commit before the fork: what both timelines share ends there.
    public var lastCommitBefore: Instant?
    /// The first commit that the parent made after the fork, and that the child therefore does not have.
    public var nextCommitOnParent: Instant?

    public init(parent: UInt32, lsn: LSN, lastCommitBefore: Instant? = nil, nextCommitOnParent: Instant? = nil) {
        self.parent = parent
        self.lsn = lsn
        self.lastCommitBefore = lastCommitBefore
        self.nextCommitOnParent = nextCommitOnParent
    }
}
