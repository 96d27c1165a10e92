/// A JSON value together with the place where it was written.
public struct JSONNode: Sendable {
    /// Where the value starts: its bracket, its opening quote, its first character.
    public let position: Position
    /// The value.
    public let value: JSONValue

    public init(position: Position, value: JSONValue) {
        self.position = position
        self.value = value
    }
}

/// What a `JSONNode` can hold.
public indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONNode])
    /// Members in the order in which they were written; no key occurs twice.
    case object([JSONMember])
}

/// One `"key": value` of an object.
public struct JSONMember: Sendable {
    /// The key, with its escapes resolved.
    public let key: String
    /// Where the key's opening quote is.
    public let keyPosition: Position
    /// The value.
    public let value: JSONNode

    public init(key: String, keyPosition: Position, value: JSONNode) {
        self.key = key
        self.keyPosition = keyPosition
        self.value = value
    }
}

/// A JSON number, kept as it was written so that nothing is rounded before somebody asks.
public struct JSONNumber: Sendable, Hashable {
    /// The number as written; it follows the grammar of RFC 8259 and its value is finite as a `Double`.
    public let text: String

    init(text: String) {
        self.text = text
    }

    /// The value when it is written as a whole number (no fraction, no exponent) and fits; else nil.
    public var integer: Int64? { Int64(text) }
    /// The same for values up to 2^64 - 1, such as PostgreSQL's system identifiers.
    public var unsignedInteger: UInt64? { UInt64(text) }
    /// The nearest `Double`.
    public var double: Double { Double(text) ?? .nan }
}

extension JSONNode {
    /// The value of a key when this is an object that has it; else nil.
    public subscript(key: String) -> JSONNode? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The element at an index when this is an array that has it; else nil.
    public subscript(index: Int) -> JSONNode? {
        guard case .array(let elements) = value, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// What kind of value this is, in the words of the JSON standard:
    /// `null`, `boolean`, `number`, `string`, `array`, `object`.
    public var typeName: String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// The string, when this is one.
    public var stringValue: String? {
        if case .string(let string) = value { string } else { nil }
    }

    /// The truth value, when this is one.
    public var boolValue: Bool? {
        if case .bool(let bool) = value { bool } else { nil }
    }

    /// The number, when this is one.
    public var numberValue: JSONNumber? {
        if case .number(let number) = value { number } else { nil }
    }

    /// The elements, when this is an array.
    public var arrayValue: [JSONNode]? {
        if case .array(let elements) = value { elements } else { nil }
    }

    /// The members in the order of the file, when this is an object.
    public var objectValue: [JSONMember]? {
        if case .object(let members) = value { members } else { nil }
    }

    /// The same value without positions and without the order of keys.
    ///
    /// Whole numbers stay exact up to 2^64 - 1; every other number becomes the nearest `Double`.
    public var tree: JSONTree {
        switch value {
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .number(let number):
            if let integer = number.integer {
                .integer(integer)
            } else if let unsigned = number.unsignedInteger {
                .unsigned(unsigned)
            } else {
                .number(number.double)
            }
        case .string(let string): .string(string)
        case .array(let elements): .array(elements.map(\.tree))
        case .object(let members):
            .object(Dictionary(members.map { ($0.key, $0.value.tree) }, uniquingKeysWith: { _, last in last }))
        }
    }
}
