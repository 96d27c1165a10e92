import Catalog
import Spec
import TargetTime

/// A backup of a node that is to be taken now.
public struct DueWork: Sendable, Equatable {
    /// The schedule that runs.
    public var schedule: String
    public var type: BackupType
    /// The minute it runs for: the last of those that are due. nil for a run that somebody asked for out of turn.
    public var slot: Instant?
    /// The last due minute by schedule that it accounts for, that of ``schedule`` included.
    public var covers: [String: Instant]

    public init(schedule: String, type: BackupType, slot: Instant?, covers: [String: Instant]) {
        self.schedule = schedule
        self.type = type
        self.slot = slot
        self.covers = covers
    }
}

/// What came of looking for due work on a node.
public enum DueLook: Sendable, Equatable {
    case nothing
    case work(DueWork)
    /// A run of this schedule is still going.
    case running(String)
    /// The node's backups are off; `tell` somebody now.
    case off(tell: Bool)
}

/// What came of asking for the run of one schedule by name.
public enum NamedLook: Sendable, Equatable {
    case work(DueWork)
    /// What is due is covered by a backup of this other schedule.
    case superseded(by: String)
    /// The schedule's own run is still going.
    case running
    /// Somebody else has run it for this minute.
    case alreadyRun(Instant)
    /// A run of this other schedule is still going and does not cover what is due; `wait` tells whether to wait for it.
    case busy(with: String, wait: Bool)
}

/// How a run ended, as far as its schedule is concerned.
public enum RunEnd: Sendable, Equatable {
    case done
    /// It will fail again when it is tried again.
    case failed(String)
    /// The server or a program is not there, or somebody holds a lock: that may pass by itself.
    case hindered(String)
    /// It was told to stop.
    case interrupted
}
