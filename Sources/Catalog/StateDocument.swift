import Failures
import FoundationEssentials

/// Codable values kept as JSON files: keys sorted, one value per line, so that a person can read and compare them.
public enum StateDocument {
    /// Writes `value` atomically, readable by its owner only.
    ///
    /// - Throws: ``CatalogError``; the old document is then still there.
    public static func write<Value: Encodable>(_ value: Value, to path: String, mode: UInt32 = 0o600) throws {
        try AtomicFile.write(try text(value) + "\n", to: path, mode: mode)
    }

    /// Reads the document at `path`.
    ///
    /// - Throws: ``CatalogError``, of kind `notFound` when there is none, `damaged-file` when it is not a `Value`.
    public static func read<Value: Decodable>(_ type: Value.Type = Value.self, from path: String) throws -> Value {
        try decode(type, try AtomicFile.read(path), path: path)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], path: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw CatalogError.damaged(path, reason(error))
        }
    }

    /// Reads the document at `path`, or returns nil when there is none.
    public static func readIfPresent<Value: Decodable>(
        _ type: Value.Type = Value.self, from path: String
    ) throws -> Value? {
        do {
            return try read(type, from: path)
        } catch let error as CatalogError where error.kind == .notFound {
            return nil
        }
    }

    /// The text that ``write(_:to:mode:)`` would write, without the last line break.
    public static func text<Value: Encodable>(_ value: Value) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw CatalogError(
                .defect, code: "cannot-encode", "\(Value.self) cannot be written as JSON: \(reason(error))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "" : " at " + path.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            return "the key \"\(key.stringValue)\" is missing\(place(context.codingPath))"
        case DecodingError.valueNotFound(_, let context), DecodingError.typeMismatch(_, let context):
            return "a value of another type is needed\(place(context.codingPath))"
        case DecodingError.dataCorrupted(let context):
            return "\(context.debugDescription)\(place(context.codingPath))"
        default:
            return "\(error)"
        }
    }
}
