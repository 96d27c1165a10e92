/// The name of a WAL segment file: a timeline and the segment's number on it.
public struct WALSegmentName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let timeline: UInt32
    /// Counts from 0 over the whole log: position divided by segment size.
    public let number: UInt64
    /// Bytes in a segment; a power of two from 1 MiB to 1 GiB.
    public let segmentSize: UInt64

    /// What `initdb` takes unless told otherwise.
    public static let defaultSegmentSize: UInt64 = 16_777_216

    public init(timeline: UInt32, number: UInt64, segmentSize: UInt64 = WALSegmentName.defaultSegmentSize) {
        self.timeline = timeline
        self.number = number
        self.segmentSize = segmentSize
    }

    /// The segment that holds the byte at a position.
    public init(
        timeline: UInt32, holding position: WALPosition, segmentSize: UInt64 = WALSegmentName.defaultSegmentSize
    ) {
        self.init(timeline: timeline, number: position.bytes / segmentSize, segmentSize: segmentSize)
    }

    /// Reads a name of 24 hexadecimal digits; nil for anything else, and where its end does not fit the segment size.
    public init?(_ text: some StringProtocol, segmentSize: UInt64 = WALSegmentName.defaultSegmentSize) {
        let digits = Array(text.utf8)
        guard digits.count == 24, segmentSize > 0 else { return nil }
        func part(_ range: Range<Int>) -> UInt64? {
            Hexadecimal.value(String(decoding: digits[range], as: UTF8.self), digits: 8...8)
        }
        guard let timeline = part(0..<8), let log = part(8..<16), let segment = part(16..<24),
            segment < Self.segmentsPerLog(segmentSize)
        else { return nil }
        self.init(
            timeline: UInt32(timeline), number: log * Self.segmentsPerLog(segmentSize) + segment,
            segmentSize: segmentSize)
    }

    private static func segmentsPerLog(_ segmentSize: UInt64) -> UInt64 { 0x1_0000_0000 / segmentSize }

    public var text: String {
        let perLog = Self.segmentsPerLog(segmentSize)
        return Hexadecimal.eight(UInt64(timeline)) + Hexadecimal.eight(number / perLog)
            + Hexadecimal.eight(number % perLog)
    }

    public var description: String { text }

    /// The one after it on the same timeline.
    public var next: WALSegmentName { numbered(number + 1) }

    /// Where it begins.
    public var start: WALPosition { WALPosition(bytes: number * segmentSize) }

    /// The same stretch of the log on another timeline.
    public func on(timeline: UInt32) -> WALSegmentName {
        WALSegmentName(timeline: timeline, number: number, segmentSize: segmentSize)
    }

    func numbered(_ number: UInt64) -> WALSegmentName {
        WALSegmentName(timeline: timeline, number: number, segmentSize: segmentSize)
    }

    public static func < (left: WALSegmentName, right: WALSegmentName) -> Bool {
        (left.timeline, left.number) < (right.timeline, right.number)
    }
}
