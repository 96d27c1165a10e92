/// A JSON value by itself: what pgstanza keeps in its files, prints, and hands from one part to another.
public indirect enum JSONTree: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// For values above `Int64.max`; smaller ones may be held either way and are equal.
    case unsigned(UInt64)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])
}

extension JSONTree {
    /// Reads JSON text as `JSONParser` does, comments and trailing commas included.
    ///
    /// - Parameter file: what to call the text in errors.
    public static func parse(_ text: String, file: String = "JSON") throws(JSONSyntaxError) -> JSONTree {
        try JSONParser.parse(Array(text.utf8), file: file).tree
    }

    /// The value of a key; nil when this is no object or has no such key.
    ///
    /// Setting nil removes the key. Setting a value on anything but an object makes it an object first.
    public subscript(_ key: String) -> JSONTree? {
        get {
            if case .object(let members) = self { members[key] } else { nil }
        }
        set {
            var members = objectValue ?? [:]
            if newValue == nil, objectValue == nil { return }
            members[key] = newValue
            self = .object(members)
        }
    }

    /// The element at an index; nil when this is no array or has none there.
    public subscript(_ index: Int) -> JSONTree? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The string, when this is one.
    public var stringValue: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The truth value, when this is one.
    public var boolValue: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// The value, when this is a number that is whole and fits.
    public var intValue: Int64? {
        switch self {
        case .integer(let value): value
        case .unsigned(let value): Int64(exactly: value)
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The same for values up to 2^64 - 1.
    public var unsignedValue: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        case .number(let value): UInt64(exactly: value)
        default: nil
        }
    }

    /// The nearest `Double`, when this is a number.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The elements, when this is an array.
    public var arrayValue: [JSONTree]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members, when this is an object.
    public var objectValue: [String: JSONTree]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }
}

/// Numbers are equal when their values are, however they are held, so that what was written to a file and
/// read again is equal to what it was before.
extension JSONTree: Hashable {
    public static func == (left: JSONTree, right: JSONTree) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.integer, _), (.unsigned, _), (.number, _):
            if let left = left.intValue {
                left == right.intValue
            } else if let left = left.unsignedValue {
                left == right.unsignedValue
            } else if case .number(let left) = left, case .number(let right) = right {
                left == right
            } else {
                false
            }
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .array(let elements): hasher.combine(elements)
        case .object(let members): hasher.combine(members)
        case .integer, .unsigned, .number:
            if let value = intValue {
                hasher.combine(value)
            } else if let value = unsignedValue {
                hasher.combine(value)
            } else {
                hasher.combine(doubleValue)
            }
        }
    }
}

extension JSONTree: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
    /// Of a key that is given twice the last value holds.
    public init(dictionaryLiteral members: (String, JSONTree)...) {
        self = .object(Dictionary(members, uniquingKeysWith: { _, last in last }))
    }
}
