@testable import PgBackRest
import Spec
import TargetTime
import Testing

@testable import Operations

@Suite struct RestoreWindowsTests {
    @Test func oneTimelineWithoutAGap() {
        let outlines = windows([1: 1...9]).outlines(of: [set(1, 2...3, at: 10), set(1, 5...5, at: 20)])
        #expect(outlines == [outline(1, from: 10, newest: 20, first: 5, last: 9)])
    }

    @Test func aGapEndsAWindowAndTheNextBackupBeginsAnother() {
        let archive = windows([1: 1...4], more: [1: 7...9])
        let outlines = archive.outlines(of: [set(1, 2...3, at: 10), set(1, 8...8, at: 20)])
        #expect(
            outlines == [
                outline(1, from: 10, newest: 10, first: 3, last: 4),
                outline(1, from: 20, newest: 20, first: 8, last: 9),
            ])
    }

    @Test func aBackupWhoseOwnWALIsMissingIsNoUse() {
        #expect(windows([1: 1...4]).outlines(of: [set(1, 5...6, at: 10)]).isEmpty)
        #expect(windows([1: 1...4]).outlines(of: [set(1, 4...5, at: 10)]).isEmpty)
    }

    @Test func aBackupOfTheTimelineBeforeLeadsIntoTheNext() {
        // Timeline 2 left timeline 1 in segment 5.
        let history = TimelineHistory(
            timeline: 2, entries: [.init(timeline: 1, switchPosition: position(5, plus: 100), reason: "")])
        let archive = windows([1: 1...8, 2: 5...9], histories: [2: history])
        let before = set(1, 2...3, at: 10)
        // Taken on timeline 1 after it had been left: of no use for timeline 2.
        let beyond = set(1, 7...7, at: 20)
        let own = set(2, 6...6, at: 30)
        #expect(
            archive.outlines(of: [before, beyond, own]) == [
                outline(1, from: 10, newest: 20, first: 7, last: 8),
                outline(2, from: 10, newest: 30, first: 6, last: 9),
            ])
    }

    @Test func aGapOnTheWayKeepsTheOlderBackupOffTheNewTimeline() {
        let history = TimelineHistory(
            timeline: 2, entries: [.init(timeline: 1, switchPosition: position(5, plus: 100), reason: "")])
        let archive = windows([1: 1...3, 2: 5...9], histories: [2: history])
        #expect(
            archive.outlines(of: [set(1, 2...2, at: 10), set(2, 6...6, at: 30)]) == [
                outline(1, from: 10, newest: 10, first: 2, last: 3),
                outline(2, from: 30, newest: 30, first: 6, last: 9),
            ])
    }

    // MARK: - Values

    private func windows(
        _ timelines: [UInt32: ClosedRange<UInt64>], more: [UInt32: ClosedRange<UInt64>] = [:],
        histories: [UInt32: TimelineHistory] = [:]
    ) -> RestoreWindows {
        var segments: [UInt32: [WALSegmentName]] = [:]
        for (timeline, range) in timelines {
            segments[timeline] = (Array(range) + Array(more[timeline].map { Array($0) } ?? [])).map {
                WALSegmentName(timeline: timeline, number: $0)
            }
        }
        return RestoreWindows(
            archive: ClusterArchive(id: "15-1", databaseID: 1, timelines: segments), histories: histories)
    }

    private func position(_ segment: UInt64, plus bytes: UInt64 = 0) -> WALPosition {
        WALPosition(bytes: segment * WALSegmentName.defaultSegmentSize + bytes)
    }

    private func set(_ timeline: UInt32, _ segments: ClosedRange<UInt64>, at seconds: Int64) -> BackupSet {
        BackupSet(
            label: "\(seconds)F", type: .full, prior: nil, references: [], repoKey: 1, databaseID: 1,
            started: Instant(seconds: seconds - 1), stopped: Instant(seconds: seconds),
            walStart: WALSegmentName(timeline: timeline, number: segments.lowerBound).text,
            walStop: WALSegmentName(timeline: timeline, number: segments.upperBound).text,
            lsnStart: position(segments.lowerBound, plus: 40), lsnStop: position(segments.upperBound, plus: 80),
            size: 1, delta: 1, repositorySize: 1, repositoryDelta: 1, annotations: [:], hasErrors: false, details: nil)
    }

    private func outline(
        _ timeline: UInt32, from: Int64, newest: Int64, first: UInt64, last: UInt64
    ) -> WindowOutline {
        // The first segment is that of the newest backup's end, on whichever timeline that was taken.
        WindowOutline(
            timeline: timeline, from: Instant(seconds: from), newestStop: Instant(seconds: newest),
            firstSegment: WALSegmentName(timeline: timeline, number: first),
            lastSegment: WALSegmentName(timeline: timeline, number: last))
    }
}
