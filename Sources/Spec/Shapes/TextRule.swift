/// What a string has to look like.
struct TextRule: Sendable {
    /// As in `"x y" is not a database id`; with its article.
    let what: String
    let hint: String
    /// The same rule as an ECMA regular expression, for the JSON Schema; what it cannot say is left to ``isValid``.
    let pattern: String
    /// In Unicode scalars, as JSON Schema counts; nil for any.
    var length: ClosedRange<Int>?
    /// Says what is wrong in particular, where the general words would not help.
    var complaint: (@Sendable (String) -> Complaint?)?
    let isValid: @Sendable (String) -> Bool

    /// What is wrong with the text; nil when it is as it should be.
    func check(_ text: String) -> Complaint? {
        if let complaint = complaint?(text) { return complaint }
        let isLong = length.map { !$0.contains(text.unicodeScalars.count) } ?? false
        if isLong || !isValid(text) { return Complaint("\(Wording.quoted(text)) is not \(what)", hint: hint) }
        return nil
    }
}

/// Sets of characters that names are made of; ASCII throughout, so that nothing looks like something else.
enum Characters {
    static func isLower(_ scalar: Unicode.Scalar) -> Bool { ("a"..."z").contains(scalar) }
    static func isUpper(_ scalar: Unicode.Scalar) -> Bool { ("A"..."Z").contains(scalar) }
    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    static func isLetter(_ scalar: Unicode.Scalar) -> Bool { isLower(scalar) || isUpper(scalar) }
    static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool { isLetter(scalar) || isDigit(scalar) }
}

extension String {
    /// Whether there is at least one scalar, the first is a `first`, and the others are a `rest`.
    func isMade(
        first: (Unicode.Scalar) -> Bool, rest: (Unicode.Scalar) -> Bool
    ) -> Bool {
        guard let head = unicodeScalars.first else { return false }
        return first(head) && unicodeScalars.dropFirst().allSatisfy(rest)
    }

    /// Digits only, and at least one.
    var isDecimal: Bool { isMade(first: Characters.isDigit, rest: Characters.isDigit) }
}
