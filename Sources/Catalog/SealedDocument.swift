import FoundationEssentials

/// State documents with a checksum of their text as the last member: one in which a byte changed is refused, and never
/// read as another one that happens to be valid.
///
/// `"checksum"` is the ``ContentHash`` of the document's text as it would be without that member and without the last
/// line break. Readers that do not know the member pass it over. A document without it, of a version that wrote none or
/// of a person who took it out to change something, is read as it is.
public enum SealedDocument {
    /// Writes `value`, which must be encoded as an object with members, like ``StateDocument/write(_:to:mode:)``, with
    /// its checksum.
    ///
    /// - Throws: ``CatalogError``; the old document is then still there.
    public static func write<Value: Encodable>(_ value: Value, to path: String, mode: UInt32 = 0o600) throws {
        let text = try StateDocument.text(value)
        guard text.hasSuffix(end) else {
            throw CatalogError(.defect, code: "cannot-encode", "\(Value.self) is no object, and can hold no checksum")
        }
        let sealed = text.dropLast(end.count) + mark + ContentHash.of(text.utf8) + "\"" + end + "\n"
        try AtomicFile.write(sealed, to: path, mode: mode)
    }

    /// Reads the document at `path`.
    ///
    /// - Throws: ``CatalogError``, of kind `notFound` when there is none, `damaged-file` when it is not a `Value` or not
    ///   what its checksum was made of.
    public static func read<Value: Decodable>(_ type: Value.Type = Value.self, from path: String) throws -> Value {
        let bytes = try AtomicFile.read(path)
        if let (content, checksum) = parts(bytes), ContentHash.of(content) != checksum {
            throw CatalogError.damaged(path, "it is not what was written: its checksum is another one")
        }
        return try StateDocument.decode(type, bytes, path: path)
    }

    private static let end = "\n}"
    private static let mark = ",\n  \"checksum\" : \""

    /// The document's text without the checksum, and what stands there as the checksum; nil when there is none.
    private static func parts(_ bytes: [UInt8]) -> (content: [UInt8], checksum: String)? {
        let mark = Array(mark.utf8)
        let starts = bytes.indices.dropLast(mark.count).reversed()
        guard let start = starts.first(where: { bytes[$0...].starts(with: mark) }) else { return nil }
        let rest = bytes[(start + mark.count)...]
        guard let quote = rest.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        var tail = rest[(quote + 1)...]
        if tail.last == UInt8(ascii: "\n") { tail = tail.dropLast() }
        return (Array(bytes[..<start] + tail), String(decoding: rest[..<quote], as: UTF8.self))
    }
}
