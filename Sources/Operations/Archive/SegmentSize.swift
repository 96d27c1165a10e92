import PgBackRest

/// The size of WAL segments, worked out from what a repository says about its backups.
enum SegmentSize {
    /// What `initdb` takes when nothing is said, in bytes.
    static let standard = WALSegmentName.defaultSegmentSize

    /// Powers of two from 1 MB to 1 GB, as `initdb --wal-segsize` allows.
    private static let possible = (20...30).map { UInt64(1) << UInt64($0) }

    /// The size for which every backup's start position lies in the segment that pgBackRest names as its first.
    static func inferred(from backups: [BackupSet]) -> UInt64 {
        // Small positions fit several sizes: the standard one is by far the likeliest.
        ([standard] + possible).first { size in
            backups.allSatisfy { set in
                guard let start = set.lsnStart, let name = set.walStart else { return true }
                return WALSegmentName(name, segmentSize: size)?.number == start.bytes / size
            }
        } ?? standard
    }
}
