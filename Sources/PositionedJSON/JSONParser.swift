/// Reads JSON and keeps where each value and key stands.
///
/// Accepts what RFC 8259 accepts and, because specs are kept by hand, a UTF-8 byte order mark, `//` and
/// `/* */` comments, and one comma after the last element or member. Everything else that people write is
/// refused with its place and the mend. Beyond the grammar it refuses keys that occur twice in one object
/// (also when they differ only in Unicode normal form), nesting beyond `maximumDepth`, numbers that are not
/// finite as a `Double`, and escapes that are half of a surrogate pair.
///
/// Time and memory are linear in the size of the text; no input makes it crash.
public enum JSONParser {
    /// How deep arrays and objects may be nested.
    public static let maximumDepth = 64

    /// Parses one JSON document.
    ///
    /// - Parameters:
    ///   - bytes: the whole text, UTF-8.
    ///   - file: what to call it in errors.
    public static func parse(_ bytes: [UInt8], file: String) throws(JSONSyntaxError) -> JSONNode {
        var reader = JSONReader(bytes: bytes, file: file)
        return try reader.document()
    }
}
