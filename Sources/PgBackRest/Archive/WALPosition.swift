/// A position in the write-ahead log, in bytes from its beginning, as repositories and history files write it.
public struct WALPosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let bytes: UInt64

    public init(bytes: UInt64) {
        self.bytes = bytes
    }

    /// Reads two hexadecimal halves: `16/B374D848`.
    public init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let high = Hexadecimal.value(halves[0], digits: 1...8),
            let low = Hexadecimal.value(halves[1], digits: 1...8)
        else { return nil }
        bytes = high << 32 | low
    }

    public var description: String {
        String(bytes >> 32, radix: 16, uppercase: true) + "/"
            + String(bytes & 0xFFFF_FFFF, radix: 16, uppercase: true)
    }

    public static func < (left: WALPosition, right: WALPosition) -> Bool { left.bytes < right.bytes }
}
