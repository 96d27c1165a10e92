import Postgres
import TargetTime

/// Why a book has no backup set for a target. Never thrown: it becomes a refusal, in words.
enum SetProblem: Error, Equatable {
    case book(BookProblem)
    case unknownSet(String)
    /// The archive holds nothing of the timeline that was named.
    case unknownTimeline(String)
    /// The set was taken on a timeline that the followed one left before the set was complete.
    case setOffTimeline(label: String, origin: UInt32, followed: UInt32)
    case future
    case beforeOldest(label: String, stopped: Instant)
    /// The set that was named is later than the target.
    case beforeSet(label: String, stopped: Instant)
    case duringBackup(label: String, started: Instant, stopped: Instant)
    /// Later than the last commit that the archive holds.
    case afterEnd(lastCommit: Instant?)
    /// No record so late is in the archive.
    case beyondEnd(lastRecord: LSN?)
    /// The data that was there at the target is on timelines that the followed one left before.
    case olderTimelineOnly(timelines: [UInt32], followed: UInt32, forkedAt: Instant?)
    /// A segment is missing before the target; the last commit before the gap.
    case missingSegment(name: String, lastCommit: Instant?)
    case notFound(SearchExtent?)
    /// Recovery stops at whole transactions only.
    case subtransaction(of: UInt32)
    case foundOffTimeline(found: UInt32, followed: UInt32)
    /// It was found, in WAL that is older than the oldest backup.
    case foundBeforeOldest(label: String)

    /// How much it says about what was asked; of several books' problems the most telling one is shown.
    var weight: Int {
        switch self {
        case .future, .duringBackup, .beforeSet, .afterEnd, .beyondEnd, .olderTimelineOnly, .missingSegment,
            .setOffTimeline, .foundOffTimeline, .subtransaction:
            4
        case .beforeOldest, .foundBeforeOldest: 3
        case .notFound, .unknownTimeline: 2
        case .unknownSet: 1
        case .book: 0
        }
    }
}

/// The backup set that a node is restored from.
struct SetChoice: Sendable, Equatable {
    var bookIndex: Int
    var set: BackupSetLine
    /// The server that must be given a commit after the target, so that recovery can see that it has been reached.
    var marker: String?
}
