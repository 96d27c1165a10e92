import Testing

@testable import PositionedJSON

@Suite struct AcceptedTests {
    static func tree(_ text: String) throws -> JSONTree {
        try JSONParser.parse(Array(text.utf8), file: "test.json").tree
    }

    @Test(
        arguments: [
            ("null", nil), ("true", true), (" false ", false), ("0", 0), ("-0", 0), ("-12", -12), ("1.5e2", 150.0),
            ("\"\"", ""), ("[]", []), ("{}", [:]), ("[1,2,]", [1, 2]), ("{\"a\":1,}", ["a": 1]),
            ("[[],{}]", [[], [:]]),
            ("\u{FEFF}{}", [:]), ("// note\n1", 1), ("/* a /* b */1/**/", 1), ("1//", 1), ("[1/*,*/,2//]\n]", [1, 2]),
            ("{\"a\"/**/:/**/1/**/,/**/}", ["a": 1]), ("\t\r\n[\r\n]\n", []),
            (#""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\u0000""#, "\"\\/\u{8}\u{c}\n\r\té😀\0"),
            ("\"é\u{1F600}\u{7F}\"", "é\u{1F600}\u{7F}"),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .unsigned(9_223_372_036_854_775_808)), ("18446744073709551615", .unsigned(.max)),
            ("18446744073709551616", .number(18_446_744_073_709_551_616)), ("1E+2", 100),
            ("5e-324", .number(.leastNonzeroMagnitude)),
            ("1e-999", .number(0)),
        ] as [(String, JSONTree)])
    func values(_ text: String, _ expected: JSONTree) throws {
        #expect(try Self.tree(text) == expected)
    }
}
