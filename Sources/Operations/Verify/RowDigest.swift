/// The first 16 bytes of a SHA-256, as the comparison of tables tells keys and rows apart by.
struct RowDigest: Sendable, Hashable, Comparable {
    var high: UInt64
    var low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 32 hexadecimal digits; nil when the text is something else.
    init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 32, let high = UInt64(String(decoding: digits[..<16], as: UTF8.self), radix: 16),
            let low = UInt64(String(decoding: digits[16...], as: UTF8.self), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// As the server orders the bytes.
    static func < (left: RowDigest, right: RowDigest) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}
