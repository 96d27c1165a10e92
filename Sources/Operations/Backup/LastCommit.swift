import Catalog
import Failures
import PgBackRest
import Postgres
import TargetTime

/// Reads the time of the last commit out of archived WAL.
struct LastCommit {
    var reader: WALReader
    var programs: Programs

    /// Segments that are looked into, from the last one back, before no commit counts as found.
    static let mostSegments = 16

    /// The last commit in the segments from `first` to `last` of one timeline; nil when none was found in the last
    /// ``mostSegments`` of them.
    func find(from first: WALSegmentName, to last: WALSegmentName) async throws -> Instant? {
        let low = last.number - min(UInt64(Self.mostSegments - 1), last.number)
        for number in stride(from: last.number, through: max(first.number, low), by: -1) {
            let segment = WALSegmentName(timeline: last.timeline, number: number, segmentSize: last.segmentSize)
            if let time = try await lastCommit(in: segment) { return time }
        }
        return nil
    }

    private func lastCommit(in segment: WALSegmentName) async throws -> Instant? {
        try await Directories.withTemporary { directory in
            do {
                try await reader.fetch(segment.text, to: "\(directory)/\(segment.text)")
            } catch let error as PgBackRestError where error.reason == .missing {
                // Before this timeline began, its forebear wrote.
                return nil
            }
            let range = WALDump.Range(
                directory: directory, timeline: segment.timeline, start: LSN(bytes: segment.start.bytes),
                end: nil, segmentSize: Int(segment.segmentSize))
            do {
                return try await WALDump.lastCommit(range, programs: programs)?.time
            } catch let error as PostgresError where error.code == "wal-unreadable" {
                // A segment can hold nothing but the end of a record that began before it.
                return nil
            }
        }
    }
}
