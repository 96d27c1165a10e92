/// Where a timeline comes from: the content of its history file, as in `00000003.history`.
public struct TimelineHistory: Sendable, Hashable {
    /// One timeline that was left, and where.
    public struct Entry: Sendable, Hashable {
        public let timeline: UInt32
        /// Where the next timeline takes over.
        public let switchPosition: WALPosition
        public let reason: String

        public init(timeline: UInt32, switchPosition: WALPosition, reason: String) {
            self.timeline = timeline
            self.switchPosition = switchPosition
            self.reason = reason
        }
    }

    /// The timeline that the file is about.
    public let timeline: UInt32
    /// Its forebears, oldest first; none for a timeline that began with the cluster.
    public let entries: [Entry]

    public init(timeline: UInt32, entries: [Entry]) {
        self.timeline = timeline
        self.entries = entries
    }

    /// Reads a history file under the rules of Postgres's own reader: lines of timeline, position and reason, with `#`
    /// for comments and rising timelines.
    /// - Throws: ``PgBackRestError`` for a file that Postgres would not take either.
    public static func parse(_ text: String, timeline: UInt32) throws(PgBackRestError) -> TimelineHistory {
        var entries: [Entry] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(maxSplits: 2, whereSeparator: { $0 == " " || $0 == "\t" })
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count >= 2, let parent = UInt32(first), let position = WALPosition(words[1]) else {
                throw damaged(timeline, "line \"\(line)\" is not a timeline and a position")
            }
            if let last = entries.last, parent <= last.timeline || position < last.switchPosition {
                throw damaged(timeline, "line \"\(line)\" does not follow on the one before")
            }
            guard parent < timeline else {
                throw damaged(timeline, "timeline \(parent) cannot be a forebear of \(timeline)")
            }
            let reason = words.count > 2 ? String(words[2]) : ""
            entries.append(Entry(timeline: parent, switchPosition: position, reason: reason))
        }
        return TimelineHistory(timeline: timeline, entries: entries)
    }

    private static func damaged(_ timeline: UInt32, _ why: String) -> PgBackRestError {
        PgBackRestError(
            reason: .unreadableOutput,
            message: "history file \(Hexadecimal.eight(UInt64(timeline))).history is damaged: \(why)")
    }

    /// The timeline whose log holds a position, on the way to ``timeline``.
    public func timeline(at position: WALPosition) -> UInt32 {
        entries.first { position < $0.switchPosition }?.timeline ?? timeline
    }

    /// Where a timeline of the way was left; nil for ``timeline`` itself and for one that is not on the way.
    public func end(of timeline: UInt32) -> WALPosition? {
        entries.first { $0.timeline == timeline }?.switchPosition
    }

    /// Whether a timeline is ``timeline`` or a forebear of it.
    public func includes(_ timeline: UInt32) -> Bool {
        timeline == self.timeline || entries.contains { $0.timeline == timeline }
    }

    /// The timeline from whose file recovery reads a segment: one in which a timeline begins is read from the new
    /// one's file, which holds the older one's part as well.
    func timeline(ofSegment number: UInt64, segmentSize: UInt64) -> UInt32 {
        entries.first { number < $0.switchPosition.bytes / segmentSize }?.timeline ?? timeline
    }
}
