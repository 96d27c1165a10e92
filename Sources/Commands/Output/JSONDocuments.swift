import Catalog
import PositionedJSON
import TargetTime

extension JSONTree {
    /// The string, or null.
    init(_ text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    /// The instant as ISO 8601 in UTC, or null.
    init(_ instant: Instant?) {
        self = instant.map { .string($0.iso8601) } ?? .null
    }

    /// The number, or null.
    init(_ number: Int?) {
        self = number.map { .integer(Int64($0)) } ?? .null
    }

    /// The strings in their order.
    init(_ texts: [String]) {
        self = .array(texts.map { .string($0) })
    }
}
