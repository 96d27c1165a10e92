/// Text that may stand in a pgBackRest configuration file.
///
/// That format knows no quoting: a line break starts a new option, white space at the ends is cut off, a NUL ends
/// the value, and an empty value is an error. So such values cannot be written, and are refused wherever they come
/// from.
public enum OptionText {
    /// What is wrong with the value; nil when it can be written as it is.
    public static func problem(inValue text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if let found = controlCharacter(in: text) { return "holds \(found)" }
        if let first = text.unicodeScalars.first, first.properties.isWhitespace { return "starts with white space" }
        if let last = text.unicodeScalars.last, last.properties.isWhitespace { return "ends with white space" }
        // One line must fit the 65536 bytes that pgBackRest reads at a time, name included.
        if text.utf8.count > 60000 { return "is longer than 60000 bytes" }
        return nil
    }

    /// `a line break`, `a control character (U+0007)`; nil when there is none.
    static func controlCharacter(in text: String) -> String? {
        guard let scalar = text.unicodeScalars.first(where: isControl) else { return nil }
        if scalar == "\n" || scalar == "\r" { return "a line break" }
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "a control character (U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex + ")"
    }

    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value == 0x2028
            || scalar.value == 0x2029
    }
}
