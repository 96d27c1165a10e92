/// How far a backup or restore is.
public struct Progress: Sendable, Hashable {
    /// 0 to 100.
    public let percent: Double
    /// Bytes of the cluster that are done, as far as is known.
    public let bytesDone: Int64?
    /// Bytes of the cluster in all, as far as is known.
    public let bytesTotal: Int64?

    public init(percent: Double, bytesDone: Int64?, bytesTotal: Int64?) {
        self.percent = percent
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
    }
}

/// Reads progress out of the detail lines, which every version writes for both backup and restore:
/// `P01 DETAIL: backup file /x/base/5/1249 (bundle 2/155604, 448KB, 62.38%) checksum …`.
struct ProgressReader {
    /// Bytes of the whole, when the caller knows them; else they are reckoned from what is done.
    private let expectedBytes: Int64?
    private var bytes: Int64 = 0

    init(expectedBytes: Int64? = nil) {
        self.expectedBytes = expectedBytes
    }

    /// The progress that the line tells of; nil when it tells of none.
    mutating func read(_ line: String) -> Progress? {
        guard let log = LogLine(line), log.level == "DETAIL", let (size, percent) = Self.figures(in: log.text) else {
            return nil
        }
        bytes += size
        if let expectedBytes {
            return Progress(
                percent: percent, bytesDone: Int64(Double(expectedBytes) * percent / 100), bytesTotal: expectedBytes)
        }
        // The sizes are rounded to whole kilobytes or tenths of larger units, so these are near and not exact.
        let total = percent >= 1 ? max(bytes, Int64(Double(bytes) * 100 / percent)) : nil
        return Progress(percent: percent, bytesDone: bytes, bytesTotal: total)
    }

    /// The last `(…SIZE, NN.NN%)` of the text. File names may hold brackets, but stand before it.
    private static func figures(in text: String) -> (size: Int64, percent: Double)? {
        guard let end = text.utf8.lastIndex(of: UInt8(ascii: "%")) else { return nil }
        guard let start = text[..<end].utf8.lastIndex(of: UInt8(ascii: "(")) else { return nil }
        let words = text[text.index(after: start)..<end].split(separator: ",").map { $0.drop { $0 == " " } }
        guard words.count >= 2, let percent = Double(words[words.count - 1]), (0...100).contains(percent),
            let size = bytes(in: words[words.count - 2])
        else { return nil }
        return (size, percent)
    }

    /// Reads pgBackRest's sizes: `0B`, `448KB`, `1.5MB`, `2.3GB`.
    private static func bytes(in text: Substring) -> Int64? {
        let number = text.prefix { $0.isNumber || $0 == "." }
        let factors: [Substring: Double] = [
            "B": 1, "KB": 1024, "MB": 1_048_576, "GB": 1_073_741_824, "TB": 1_099_511_627_776,
            "PB": 1_125_899_906_842_624,
        ]
        guard let value = Double(number), let factor = factors[text.dropFirst(number.count)] else { return nil }
        return Int64(value * factor)
    }
}
