import Failures

/// What lies in a cluster's `pg_wal`.
public struct WALDirectory: Sendable, Hashable {
    /// A directory, or a link to one.
    public let path: String
    /// Names of complete and current segments, sorted: `000000010000000000000016`.
    public let segments: [String]
    /// Names of segments and history files that still wait for the archive_command.
    public let waiting: [String]
    /// `00000002.history`, sorted.
    public let histories: [String]
    /// `000000010000000000000016.partial`, left by a promotion.
    public let partials: [String]

    /// Looks at `pg_wal` of a data directory; nil when there is none. Throws when it cannot be read.
    public static func inspect(pgdata: String) throws -> WALDirectory? {
        let path = pgdata + "/pg_wal"
        guard DirectoryListing.isDirectory(path) else { return nil }
        let names = try DirectoryListing.read(path)
        let waiting = DirectoryListing.names(in: path + "/archive_status").filter { $0.hasSuffix(".ready") }
        return WALDirectory(
            path: path, segments: names.filter(isSegment), waiting: waiting.map { String($0.dropLast(".ready".count)) },
            histories: names.filter { $0.hasSuffix(".history") && $0.utf8.count == 16 },
            partials: names.filter { $0.hasSuffix(".partial") && isSegment(String($0.dropLast(".partial".count))) })
    }

    /// Whether this is a segment's name: 24 upper-case hexadecimal digits.
    public static func isSegment(_ name: String) -> Bool {
        name.utf8.count == 24 && name.utf8.allSatisfy { (48...57).contains($0) || (65...70).contains($0) }
    }
}
