extension Instant {
    /// ISO 8601 in UTC: `2025-01-01T01:30:00Z`; with a fraction, without its trailing zeros, when there is one.
    public var iso8601: String {
        let civil = CivilTime(self)
        var text = civil.dateText + "T" + civil.timeText
        if civil.microsecond != 0 {
            var fraction = CivilTime.padded(civil.microsecond, 6)
            while fraction.last == "0" { fraction.removeLast() }
            text += "." + fraction
        }
        return text + "Z"
    }

    /// Postgres's own form in UTC, always with six digits of fraction: `2025-01-01 01:30:00.000000+00`.
    /// What `pgbackrest --target` takes; it refuses ISO 8601.
    public var postgres: String {
        let civil = CivilTime(self)
        return civil.dateText + " " + civil.timeText + "." + CivilTime.padded(civil.microsecond, 6) + "+00"
    }

    /// Reads an ISO 8601 instant with its zone, or Postgres's form of one, as strictly as `TargetTime.parse`
    /// but nothing that depends on the present; nil for everything else.
    public static func parse(iso8601 text: String) -> Instant? {
        try? AbsoluteTime.parse(text)
    }
}

extension CivilTime {
    /// `2025-01-01`.
    var dateText: String {
        // A year outside 0 to 9999 only for people: such an instant can be computed, but not be parsed.
        let yearText = year < 0 ? "-" + Self.padded(-year, 4) : Self.padded(year, 4)
        return yearText + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2)
    }

    /// `01:30:00`.
    var timeText: String {
        Self.padded(hour, 2) + ":" + Self.padded(minute, 2) + ":" + Self.padded(second, 2)
    }

    /// A number that is not negative, with leading zeros up to `width` digits.
    static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Instant: CustomStringConvertible {
    public var description: String { iso8601 }
}

/// As an ISO 8601 string.
extension Instant: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instant = Instant.parse(iso8601: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected an ISO 8601 instant such as 2025-01-01T01:30:00Z")
        }
        self = instant
    }

    /// - Throws: `EncodingError` for an instant outside the years 1 to 9999, which could not be read again.
    public func encode(to encoder: any Encoder) throws {
        guard (Instant.first...Instant.last).contains(self) else {
            throw EncodingError.invalidValue(
                self,
                EncodingError.Context(
                    codingPath: encoder.codingPath, debugDescription: "the year is outside 1 to 9999"))
        }
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}
