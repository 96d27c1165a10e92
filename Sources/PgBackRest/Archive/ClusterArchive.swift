/// The WAL of one cluster in one repository.
public struct ClusterArchive: Sendable, Hashable {
    /// Version and database id, as in `15-1`.
    public let id: String
    public let databaseID: Int
    public let segmentSize: UInt64
    /// Complete segments by timeline, each sorted and without doubles.
    public let timelines: [UInt32: [WALSegmentName]]
    /// Segments that were cut off by a promotion (`.partial`); recovery does not read them.
    public let partials: Set<WALSegmentName>
    /// Timelines whose history file is there.
    public let histories: Set<UInt32>
    /// Segments that are there with two contents; pgBackRest refuses to read them (exit code 45).
    public let duplicates: Set<WALSegmentName>
    /// Bytes that the WAL takes in the repository.
    public let repositorySize: Int64

    public init(
        id: String, databaseID: Int, segmentSize: UInt64 = WALSegmentName.defaultSegmentSize,
        timelines: [UInt32: [WALSegmentName]], partials: Set<WALSegmentName> = [], histories: Set<UInt32> = [],
        duplicates: Set<WALSegmentName> = [], repositorySize: Int64 = 0
    ) {
        self.id = id
        self.databaseID = databaseID
        self.segmentSize = segmentSize
        self.timelines = timelines
        self.partials = partials
        self.histories = histories
        self.duplicates = duplicates
        self.repositorySize = repositorySize
    }

    public func contains(_ segment: WALSegmentName) -> Bool {
        guard let segments = timelines[segment.timeline] else { return false }
        let index = segments.firstIndex(notBefore: segment.number)
        return index < segments.count && segments[index].number == segment.number
    }

    public func first(timeline: UInt32) -> WALSegmentName? { timelines[timeline]?.first }

    public func last(timeline: UInt32) -> WALSegmentName? { timelines[timeline]?.last }

    /// The last segment that can be reached from another without a gap on its timeline; nil when that one itself is
    /// missing.
    public func lastWithoutGap(from segment: WALSegmentName) -> WALSegmentName? {
        guard contains(segment), let segments = timelines[segment.timeline] else { return nil }
        var last = segment
        for next in segments[segments.firstIndex(notBefore: segment.number + 1)...] {
            guard next.number == last.number + 1 else { break }
            last = next
        }
        return last
    }

    /// The stretches that are missing between two segments of one timeline, both included.
    ///
    /// For segments of two timelines use ``gaps(from:to:along:)``.
    public func gaps(from: WALSegmentName, to: WALSegmentName) -> [WALGap] {
        gaps(from: from, to: to, along: TimelineHistory(timeline: to.timeline, entries: []))
    }

    /// The stretches that are missing on the way from one segment to another, both included, along a history.
    ///
    /// Every segment is looked for on the timeline from which recovery reads it: of those on the way the last that
    /// begins before or within it.
    /// - Parameter history: of the timeline of `to`.
    public func gaps(from: WALSegmentName, to: WALSegmentName, along history: TimelineHistory) -> [WALGap] {
        guard from.number <= to.number else { return [] }
        var gaps: [WALGap] = []
        for number in from.number...to.number {
            let timeline = history.timeline(ofSegment: number, segmentSize: segmentSize)
            let name = WALSegmentName(timeline: timeline, number: number, segmentSize: segmentSize)
            if contains(name) { continue }
            if let open = gaps.last, open.last.next == name {
                gaps[gaps.count - 1] = WALGap(first: open.first, last: name)
            } else {
                gaps.append(WALGap(first: name, last: name))
            }
        }
        return gaps
    }

    /// The stretches that are missing within what is there of a timeline.
    public func innerGaps(timeline: UInt32) -> [WALGap] {
        let segments = timelines[timeline] ?? []
        return zip(segments, segments.dropFirst()).compactMap { before, after in
            after.number > before.number + 1
                ? WALGap(first: before.next, last: after.numbered(after.number - 1)) : nil
        }
    }
}

extension [WALSegmentName] {
    /// Where a segment with this number is, or would be put, in a sorted array of one timeline.
    fileprivate func firstIndex(notBefore number: UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
