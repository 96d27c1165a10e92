/// What lies in the WAL archive of one repository, by its file names.
public struct ArchiveListing: Sendable, Hashable {
    /// One per cluster that the stanza has had, in order of the database id.
    public let archives: [ClusterArchive]

    public init(archives: [ClusterArchive]) {
        self.archives = archives
    }

    /// The archive with an id such as `15-1`.
    public subscript(id: String) -> ClusterArchive? { archives.first { $0.id == id } }

    /// The archive of a database id.
    public func archive(databaseID: Int) -> ClusterArchive? { archives.first { $0.databaseID == databaseID } }
}

/// Segments that are missing in a row.
public struct WALGap: Sendable, Hashable, CustomStringConvertible {
    public let first: WALSegmentName
    public let last: WALSegmentName

    public init(first: WALSegmentName, last: WALSegmentName) {
        self.first = first
        self.last = last
    }

    public var count: UInt64 { last.number - first.number + 1 }

    public var description: String { first == last ? first.text : "\(first.text) to \(last.text)" }
}
