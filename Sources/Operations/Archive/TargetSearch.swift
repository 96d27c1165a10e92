import PgBackRest
import Postgres

/// Looks for a restore point or a transaction in the WAL, from its newest end back to the oldest backup.
struct TargetSearch {
    /// How many segments are read at most; 32 GB of WAL in segments of the usual size.
    static let bound = 2048

    var target: RestoreTarget
    var archive: ClusterArchive
    var scanner: ArchiveScanner
    /// Number of the segment at which the search ends: the first that a backup in question needs.
    var oldest: UInt64
    /// Number of the segment at which it begins; nil for the newest.
    var newest: UInt64?
    /// Timelines to look at; nil means all.
    var timelines: Set<UInt32>?

    /// The newest place; nil when it is nowhere within the bound.
    func run(alreadyRead: Int = 0) async throws -> (found: FoundTarget?, extent: SearchExtent) {
        var count = alreadyRead
        // The newest timeline first: it is the one that is followed unless another one is named.
        for timeline in archive.timelines.keys.sorted(by: >) where timelines?.contains(timeline) ?? true {
            for segment in (archive.timelines[timeline] ?? []).reversed() where segment.number >= oldest {
                if let newest, segment.number > newest { continue }
                guard count < Self.bound else { return (nil, SearchExtent(segments: count, reachedBound: true)) }
                count += 1
                if let found = try await scanner.find(target, in: segment) {
                    return (found, SearchExtent(segments: count, reachedBound: false))
                }
            }
        }
        return (nil, SearchExtent(segments: count, reachedBound: false))
    }
}
