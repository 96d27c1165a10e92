import PgBackRest
import Postgres
import TargetTime

/// The way that recovery takes through an archive: from the first timeline down to the one that is followed.
///
/// For each segment Postgres reads the file of the newest timeline on the way that has reached it (`restore_command`
/// is asked for the timelines of the history file, newest first), so a child's first segment also stands for the part
/// of its parent's that comes before the fork.
struct ArchiveLine: Sendable, Equatable {
    /// The oldest ancestor first, the followed timeline last; never empty.
    var horizons: [ArchiveHorizon]
    var segmentSize: UInt64

    /// The way to `timeline` within one archive id; nil when the archive knows nothing of that timeline.
    init?(to timeline: UInt32, among all: [ArchiveHorizon], segmentSize: UInt64) {
        var chain: [ArchiveHorizon] = []
        var wanted: UInt32? = timeline
        while let number = wanted, let horizon = all.first(where: { $0.timeline == number }) {
            chain.insert(horizon, at: 0)
            let parent = horizon.fork?.parent
            // A parent always has the lower number; a damaged history file must not send us in circles.
            wanted = parent.flatMap { $0 < number ? $0 : nil }
        }
        guard !chain.isEmpty else { return nil }
        horizons = chain
        self.segmentSize = segmentSize
    }

    /// The timeline that is followed.
    var timeline: UInt32 { horizons[horizons.count - 1].timeline }

    /// Whether data that was consistent at `lsn` on `origin` can be rolled forward along this line.
    func passes(origin: UInt32, lsn: LSN) -> Bool {
        guard let index = horizons.firstIndex(where: { $0.timeline == origin }) else { return false }
        guard index + 1 < horizons.count, let fork = horizons[index + 1].fork else { return true }
        return lsn <= fork.lsn
    }

    /// The forks that lie behind a start on `origin`, each with the horizon of the timeline that begins there.
    func forks(after origin: UInt32) -> [(fork: TimelineFork, child: ArchiveHorizon)] {
        guard let index = horizons.firstIndex(where: { $0.timeline == origin }) else { return [] }
        return horizons[(index + 1)...].compactMap { child in child.fork.map { ($0, child) } }
    }

    /// How far the archive leads along this line, without a gap, from `segment` of `origin` on.
    func reach(from segment: UInt64, on origin: UInt32) -> ArchiveReach {
        guard let start = horizons.firstIndex(where: { $0.timeline == origin }) else {
            return ArchiveReach(missing: name(origin, segment))
        }
        var reach = ArchiveReach()
        var cursor = segment
        for index in start..<horizons.count {
            let horizon = horizons[index]
            let isLast = index + 1 == horizons.count
            let next = isLast ? nil : horizons[index + 1].fork
            if index > start, horizon.runs.allSatisfy({ $0.last < cursor }) {
                // The child has a history file and no segment yet: the line ends at the fork.
                if !isLast { continue }
                return reach
            }
            guard let run = horizon.runs.first(where: { $0.first <= cursor && cursor <= $0.last }) else {
                if let next, cursor >= next.lsn.bytes / segmentSize {
                    // Nothing of this timeline is needed: the child's first segment holds what comes before the fork.
                    continue
                }
                reach.missing = name(horizon.timeline, cursor)
                return reach
            }
            let forkSegment = next.map { $0.lsn.bytes / segmentSize }
            if let forkSegment, run.last + 1 >= forkSegment {
                cursor = max(cursor, forkSegment)
                reach.lastCommit = next?.lastCommitBefore ?? reach.lastCommit
                reach.lastRecord = next?.lsn ?? reach.lastRecord
                continue
            }
            reach.lastCommit = run.lastCommit ?? reach.lastCommit
            reach.lastRecord = run.lastRecord ?? reach.lastRecord
            reach.lastSegment = run.last
            if forkSegment != nil || horizon.runs.contains(where: { $0.first > run.last }) {
                reach.missing = name(horizon.timeline, run.last + 1)
            }
            return reach
        }
        return reach
    }

    private func name(_ timeline: UInt32, _ number: UInt64) -> WALSegmentName {
        WALSegmentName(timeline: timeline, number: number, segmentSize: segmentSize)
    }
}

/// How far a line of WAL leads.
struct ArchiveReach: Sendable, Equatable {
    /// The last commit that can be replayed.
    var lastCommit: Instant?
    /// Start of the last record that can be replayed, as far as it is known.
    var lastRecord: LSN?
    /// Number of the last segment on the last timeline reached.
    var lastSegment: UInt64?
    /// The first segment that is missing although later ones are there; nil when there is no gap.
    var missing: WALSegmentName?
}
