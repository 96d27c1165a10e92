import TargetTime

/// Ids of tasks and restores: the second they began, in UTC, and four random hexadecimal digits, so that they sort
/// by age and can be read out over the telephone.
public enum SortableID {
    /// A new id for something that begins at `instant`.
    public static func make(at instant: Instant) -> String {
        let time = CivilTime(instant)
        let random = UInt16.random(in: 0...UInt16.max)
        let hex = String(random, radix: 16)
        return digits(time.year, 4) + digits(time.month, 2) + digits(time.day, 2) + "-" + digits(time.hour, 2)
            + digits(time.minute, 2) + digits(time.second, 2) + "-" + String(repeating: "0", count: 4 - hex.count) + hex
    }

    /// The second in an id; nil when the text is no id.
    public static func instant(of id: String) -> Instant? {
        guard Names.isSortableID(id) else { return nil }
        let text = Array(id)
        func field(_ range: Range<Int>) -> String { String(text[range]) }
        return Instant.parse(
            iso8601: "\(field(0..<4))-\(field(4..<6))-\(field(6..<8))T\(field(9..<11)):\(field(11..<13)):"
                + "\(field(13..<15))Z")
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
