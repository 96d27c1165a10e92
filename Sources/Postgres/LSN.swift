/// A position in the write-ahead log, in bytes from its beginning.
public struct LSN: Sendable, Hashable, Comparable, CustomStringConvertible, Codable {
    public var bytes: UInt64

    public init(bytes: UInt64) {
        self.bytes = bytes
    }

    /// Reads Postgres's form, two hexadecimal halves: `16/B374D848`.
    public init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let high = Self.half(halves[0]), let low = Self.half(halves[1]) else { return nil }
        bytes = UInt64(high) << 32 | UInt64(low)
    }

    private static func half(_ text: some StringProtocol) -> UInt32? {
        guard (1...8).contains(text.utf8.count), text.allSatisfy(\.isHexDigit) else { return nil }
        return UInt32(text, radix: 16)
    }

    public var description: String {
        let high = String(bytes >> 32, radix: 16, uppercase: true)
        let low = String(bytes & 0xFFFF_FFFF, radix: 16, uppercase: true)
        return high + "/" + low
    }

    public static func < (a: LSN, b: LSN) -> Bool { a.bytes < b.bytes }

    /// The segment file that holds the byte at this position.
    ///
    /// For the *end* of a record at a segment boundary the file before is meant: ask for `advanced(by: -1)`.
    public func walFileName(timeline: UInt32, segmentSize: Int = 16_777_216) -> String {
        let number = bytes / UInt64(segmentSize)
        let segmentsPerLog = 0x1_0000_0000 / UInt64(segmentSize)
        return hexadecimal(UInt64(timeline)) + hexadecimal(number / segmentsPerLog)
            + hexadecimal(number % segmentsPerLog)
    }

    /// This position moved by `distance` bytes.
    public func advanced(by distance: Int64) -> LSN {
        LSN(bytes: UInt64(Int64(bytes) + distance))
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let lsn = LSN(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not an LSN")
        }
        self = lsn
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Eight upper-case hexadecimal digits.
private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
}
