import Postgres
import Testing

@testable import Operations
@testable import PgBackRest

/// The way of recovery through timelines: 1 up to segment 20, 2 from 10 on, 3 leaves 2 at 15.
@Suite struct ArchiveLineTests {
    private let size = WALSegmentName.defaultSegmentSize

    private func horizon(_ timeline: UInt32, _ runs: [(UInt64, UInt64)], parent: UInt32? = nil, at segment: UInt64 = 0)
        -> ArchiveHorizon
    {
        ArchiveHorizon(
            archiveID: "15-1", timeline: timeline,
            fork: parent.map { TimelineFork(parent: $0, lsn: LSN(bytes: segment * size + 100)) },
            runs: runs.map { ArchiveRun(first: $0.0, last: $0.1) })
    }

    private func line(_ timeline: UInt32, _ horizons: [ArchiveHorizon]) throws -> ArchiveLine {
        try #require(ArchiveLine(to: timeline, among: horizons, segmentSize: size))
    }

    private var three: [ArchiveHorizon] {
        [
            horizon(1, [(1, 20)]), horizon(2, [(10, 18)], parent: 1, at: 10),
            horizon(3, [(15, 30)], parent: 2, at: 15),
        ]
    }

    @Test func leadsFromTheFirstTimelineToTheOneThatIsFollowed() throws {
        let line = try line(3, three)
        #expect(line.horizons.map(\.timeline) == [1, 2, 3])
        #expect(line.reach(from: 3, on: 1).missing == nil)
        #expect(line.reach(from: 3, on: 1).lastSegment == 30)
        #expect(line.passes(origin: 1, lsn: LSN(bytes: 10 * size)))
        #expect(!line.passes(origin: 1, lsn: LSN(bytes: 11 * size)))
        #expect(line.passes(origin: 3, lsn: LSN(bytes: 40 * size)))
        #expect(!line.passes(origin: 4, lsn: LSN(bytes: size)))
        #expect(ArchiveLine(to: 9, among: three, segmentSize: size) == nil)
    }

    @Test func aParentsLastSegmentIsNotNeededWhereTheChildHasIt() throws {
        var horizons = three
        horizons[0] = horizon(1, [(1, 9)])
        #expect(try line(3, horizons).reach(from: 3, on: 1).missing == nil)
        horizons[0] = horizon(1, [(1, 8)])
        #expect(try line(3, horizons).reach(from: 3, on: 1).missing?.text == "000000010000000000000009")
    }

    @Test func aGapIsFoundWhereverItIs() throws {
        var horizons = three
        horizons[1] = horizon(2, [(10, 11), (13, 18)], parent: 1, at: 10)
        #expect(try line(3, horizons).reach(from: 3, on: 1).missing?.text == "00000002000000000000000C")
        // A backup that was taken behind the gap does not mind it.
        #expect(try line(3, horizons).reach(from: 13, on: 2).missing == nil)
        horizons = three
        horizons[2] = horizon(3, [(16, 30)], parent: 2, at: 15)
        #expect(try line(3, horizons).reach(from: 3, on: 1).missing?.text == "00000003000000000000000F")
    }

    @Test func aTimelineThatHasOnlyAHistoryFileEndsAtItsFork() throws {
        let horizons = [horizon(1, [(1, 20)]), horizon(2, [], parent: 1, at: 10)]
        let reach = try line(2, horizons).reach(from: 3, on: 1)
        #expect(reach.missing == nil)
        #expect(reach.lastRecord == LSN(bytes: 10 * size + 100))
    }

    @Test func theSegmentSizeIsInferredFromTheBackups() {
        #expect(SegmentSize.inferred(from: [ObservationFixture.full("a", "09:59", "10:00")]) == size)
        #expect(SegmentSize.inferred(from: []) == size)
        let small = WALSegmentName(timeline: 1, number: 300, segmentSize: 1 << 20)
        let set = ObservationFixture.full("a", "09:59", "10:00").at(small.text, lsn: 300 << 20)
        #expect(SegmentSize.inferred(from: [set]) == 1 << 20)
    }
}

extension BackupSet {
    /// The same set begun elsewhere in the log.
    fileprivate func at(_ segment: String, lsn: UInt64) -> BackupSet {
        BackupSet(
            label: label, type: type, prior: prior, references: references, repoKey: repoKey, databaseID: databaseID,
            started: started, stopped: stopped, walStart: segment, walStop: segment, lsnStart: WALPosition(bytes: lsn),
            lsnStop: lsnStop, size: size, delta: delta, repositorySize: repositorySize,
            repositoryDelta: repositoryDelta, annotations: annotations, hasErrors: hasErrors, details: details)
    }
}
