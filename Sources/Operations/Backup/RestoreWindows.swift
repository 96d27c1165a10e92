import PgBackRest
import TargetTime

/// A stretch of time that one timeline can be restored to.
public struct RestoreWindow: Sendable, Equatable {
    public var timeline: UInt32
    /// Name of the repository that holds it.
    public var repository: String
    /// When the oldest backup of it was complete.
    public var from: Instant
    /// The last commit that was found in the archive; when none was, the end of the newest backup.
    public var to: Instant
}

/// A window as file names tell it; the time of its end is still to be read out of the WAL.
struct WindowOutline: Sendable, Equatable {
    var timeline: UInt32
    var from: Instant
    /// When the newest backup in it was complete.
    var newestStop: Instant
    /// The last segment that recovery from that backup needs in any case.
    var firstSegment: WALSegmentName
    /// The last segment that can be reached without a gap.
    var lastSegment: WALSegmentName
}

/// Finds out from backups and file names what can be restored to: pure.
struct RestoreWindows {
    var archive: ClusterArchive
    /// By timeline; one that is missing counts as a timeline without forebears.
    var histories: [UInt32: TimelineHistory]

    /// The windows of every timeline, oldest first. A gap in the WAL ends one; the next backup begins another.
    func outlines(of backups: [BackupSet]) -> [WindowOutline] {
        archive.timelines.keys.sorted().flatMap { outlines(timeline: $0, backups) }
    }

    private func outlines(timeline: UInt32, _ backups: [BackupSet]) -> [WindowOutline] {
        guard let last = archive.last(timeline: timeline) else { return [] }
        let history = histories[timeline] ?? TimelineHistory(timeline: timeline, entries: [])
        var found: [WindowOutline] = []
        for set in backups.sorted(by: { $0.stopped < $1.stopped }) where isOnWay(set, history) {
            guard let first = segment(set.walStart), let stop = segment(set.walStop) else { continue }
            let end = endWithoutGap(from: first, to: last, along: history)
            // What ends before this timeline begins is a window of the timeline it forked from.
            guard let end, end.timeline == timeline, end.number >= stop.number else { continue }
            if let open = found.last, open.lastSegment == end {
                found[found.count - 1].newestStop = set.stopped
                found[found.count - 1].firstSegment = stop
            } else {
                found.append(
                    WindowOutline(
                        timeline: timeline, from: set.stopped, newestStop: set.stopped, firstSegment: stop,
                        lastSegment: end))
            }
        }
        return found
    }

    /// A backup can be recovered along a timeline when it was complete before its own timeline was left.
    private func isOnWay(_ set: BackupSet, _ history: TimelineHistory) -> Bool {
        guard let timeline = set.timeline, history.includes(timeline) else { return false }
        guard let end = history.end(of: timeline) else { return true }
        return set.lsnStop.map { $0 <= end } ?? false
    }

    private func endWithoutGap(
        from first: WALSegmentName, to last: WALSegmentName, along history: TimelineHistory
    ) -> WALSegmentName? {
        guard first.number <= last.number else { return nil }
        guard let gap = archive.gaps(from: first, to: last, along: history).first else { return last }
        guard gap.first.number > first.number else { return nil }
        let number = gap.first.number - 1
        let position = WALPosition(bytes: number * archive.segmentSize)
        return WALSegmentName(
            timeline: history.timeline(at: position), number: number, segmentSize: archive.segmentSize)
    }

    private func segment(_ name: String?) -> WALSegmentName? {
        name.flatMap { WALSegmentName($0, segmentSize: archive.segmentSize) }
    }
}
