import Testing

@testable import PositionedJSON

/// What is refused: where, with which words, with which mend.
///
/// The place is marked by `¦` in the text and counted by the test itself, apart from the parser.
@Suite struct RefusedTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let marked: String
        let reason: String
        let hint: String

        init(_ marked: String, _ reason: String, hint: String) {
            self.marked = marked
            self.reason = reason
            self.hint = hint
        }

        var testDescription: String { marked }
        var text: String { marked.split(separator: "¦", omittingEmptySubsequences: false).joined() }
        var position: Position {
            let before = marked.split(separator: "¦", omittingEmptySubsequences: false)[0]
            let lines = before.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            return Position(line: lines.count, column: lines[lines.count - 1].count + 1, offset: before.utf8.count)
        }
    }

    static let documents: [Case] = [
        Case("¦", "found an empty file, expected a JSON value", hint: "{}"),
        Case(" \n\t ¦", "found nothing in the file, expected a JSON value", hint: "{}"),
        Case("// only a note\n/* and another */¦", "found nothing in the file", hint: "{}"),
        Case("{} ¦{}", "found \"{\", expected the end of the file", hint: "one JSON value"),
        Case("{}\n¦}", "found \"}\", expected the end of the file", hint: "remove it"),
        Case("1 ¦,", "found \",\", expected the end of the file", hint: "one JSON value"),
        Case("\"a\" ¦\"b\"", "found a string, expected the end of the file", hint: "one JSON value"),
        Case("é ¦".replacingMark(at: 0), "the character U+00E9, expected a value", hint: "double quotes"),
        Case("¦---\nid: a", "a minus sign without digits", hint: "double quotes"),
        Case("¦id: storefront", "a word without quotes, expected a value", hint: "double quotes"),
        Case("{}¦/", "found \"/\", expected the end of the file", hint: "one JSON value"),
        Case("¦# note\n{}", "found \"#\", expected a value", hint: "//"),
        Case("{¦\u{A0}}", "found U+00A0 (no-break space)", hint: "ordinary space"),
        Case("[1,¦\u{FEFF}2]", "found U+FEFF (byte order mark)", hint: "ordinary space"),
        Case("[¦\0]", "the character U+0000", hint: "UTF-8"),
        Case("[1, ¦/* never", "found a comment that never ends, expected \"*/\"", hint: "close the comment"),
        Case("¦/*/", "found a comment that never ends", hint: "close the comment"),
        Case("¦/**", "found a comment that never ends", hint: "close the comment"),
    ]

    static let containers: [Case] = [
        Case(
            "[1, 2¦", "found the end of the file, expected \",\" or \"]\" in the array that begins at line 1, column 1",
            hint: "close the array"),
        Case(
            "{\n  \"a\": [\n    {\"b\": 1}\n  ]¦",
            "expected \",\" or \"}\" in the object that begins at line 1, column 1",
            hint: "close the object"),
        Case("{\n \"a\": {¦", "expected a key or \"}\" in the object that begins at line 2, column 7", hint: "close"),
        Case("[¦", "expected a value or \"]\" in the array", hint: "close"),
        Case("[1,¦", "expected a value in the array", hint: "close"),
        Case("{\"a\"¦", "found the end of the file, expected \":\" after the key \"a\"", hint: "\"key\": value"),
        Case("{\"a\":¦", "found the end of the file, expected a value for the key \"a\"", hint: "write the value"),
        Case("{\"a\": ¦, \"b\": 1}", "found \",\", expected a value for the key \"a\"", hint: "write the value"),
        Case("{\"a\": ¦}", "found \"}\", expected a value for the key \"a\"", hint: "write the value"),
        Case("{\"a\" ¦1}", "found a number, expected \":\" after the key \"a\"", hint: "\"key\": value"),
        Case("{\"a\" ¦= 1}", "found \"=\", expected \":\"", hint: "instead of \"=\""),
        Case("[1 ¦2]", "found a number, expected \",\" or \"]\"", hint: "comma"),
        Case("{\"a\": 1\n ¦\"b\": 2}", "found a string, expected \",\" or \"}\"", hint: "comma"),
        Case("{\"a\": {}\n ¦{}}", "found \"{\", expected \",\" or \"}\"", hint: "comma"),
        Case("[1¦}", "found \"}\", expected \",\" or \"]\"", hint: "belong together"),
        Case("{\"a\": [1}¦".movingMark(back: 1), "found \"}\", expected \",\" or \"]\"", hint: "belong together"),
        Case("{\"a\": 1¦]", "found \"]\", expected \",\" or \"}\"", hint: "belong together"),
        Case("[1,¦,2]", "found \",\", expected a value", hint: "extra comma"),
        Case("[¦,]", "found \",\", expected a value", hint: "extra comma"),
        Case("{¦,}", "found \",\", expected a key", hint: "extra comma"),
        Case("{\"a\":1,¦,}", "found \",\", expected a key", hint: "extra comma"),
        Case("[\"a\"¦: 1]", "found \":\", expected \",\" or \"]\"", hint: "colon"),
        Case("[1¦; 2]", "found \";\", expected \",\" or \"]\"", hint: "comma"),
        Case("{¦id: 1}", "found the key id without quotes", hint: "write \"id\""),
        Case("{\n  ¦backup_config : {}}", "found the key backup_config without quotes", hint: "\"backup_config\""),
        Case("{¦id 1}", "found characters without quotes, expected a key", hint: "keys in double quotes"),
        Case("{¦1: 1}", "found characters without quotes, expected a key", hint: "keys in double quotes"),
        Case("{¦'id': 1}", "found a single quote, expected a key in double quotes", hint: "double quotes"),
        Case("{\"id\": ¦'a'}", "found a single quote, expected a value", hint: "double quotes"),
        Case("{¦“id”: 1}", "found a typographic quote", hint: "straight double quotes"),
        Case("{¦[]: 1}", "found \"[\", expected a key in double quotes", hint: ""),
        Case(
            "{\"a\": 1, ¦\"a\": 2}", "found the key \"a\" a second time; the first is at line 1, column 2",
            hint: "keep one"),
        Case(
            "{\"é\": {\"é\": 1},\n \"x\": \"é\",\n ¦\"\\u00e9\": 2}", "the first is at line 1, column 2",
            hint: "keep one"),
        Case("{\"\": 1, ¦\"\": 2}", "found the key \"\" a second time", hint: "keep one"),
        Case("{\"\u{E9}\": 1, ¦\"e\u{301}\": 2}", "a second time", hint: "keep one"),
        Case("{\"a\\n\": 1, ¦\"a\\n\": 2}", "found the key \"a\\u000A\" a second time", hint: "keep one"),
        Case(String(repeating: "[", count: 64) + "¦[", "nesting deeper than 64 levels", hint: "never closed"),
        Case(String(repeating: "{\"a\":[", count: 32) + "¦{}", "nesting deeper than 64 levels", hint: "never closed"),
    ]

    static let scalars: [Case] = [
        Case("[¦\"abc", "found a string that never ends, expected a closing double quote", hint: "cut off"),
        Case("[¦\"abc\\", "found a string that never ends", hint: "cut off"),
        Case("[¦\"abc\\\"", "found a string that never ends", hint: "cut off"),
        Case("{\"a\": \"abc¦\n\"}", "found a line break in a string", hint: "\\n"),
        Case("{\"a\": \"abc¦\r\n\"}", "found a line break in a string", hint: "\\n"),
        Case("[\"é\t\"]".markingFirst("\t"), "a control character (U+0009) in a string", hint: "write \\t"),
        Case("[\"😀a¦\u{1B}[0m\"]", "a control character (U+001B) in a string", hint: "write \\u001B"),
        Case("[\"¦\0\"]", "a control character (U+0000) in a string", hint: "write \\u0000"),
        Case("[\"C:¦\\data\"]", "a backslash that begins no JSON escape sequence", hint: "\\\\"),
        Case("[\"it¦\\'s\"]", "a backslash that begins no JSON escape sequence", hint: "single quote"),
        Case("[\"é¦\\é\"]", "a backslash that begins no JSON escape sequence", hint: "\\\\"),
        Case("[\"¦\\u12G4\"]", "found \\u without four hexadecimal digits", hint: "\\u00E9"),
        Case("[\"¦\\u12\"]", "found \\u without four hexadecimal digits", hint: "\\u00E9"),
        Case("[\"¦\\u12", "found \\u without four hexadecimal digits", hint: "\\u00E9"),
        Case("[\"¦\\ud83d\"]", "found \\uD83D, one half of a surrogate pair", hint: "both halves"),
        Case("[\"¦\\ude00\"]", "found \\uDE00, one half of a surrogate pair", hint: "both halves"),
        Case("[\"¦\\ud83d\\n\"]", "found \\uD83D, one half", hint: "both halves"),
        Case("[\"a¦\\ud83d\\u0041\"]", "found \\uD83D, one half", hint: "both halves"),
        Case("[\"¦\\ud83d\\ud83d\\ude00\"]", "found \\uD83D, one half", hint: "both halves"),
        Case("[\"\\ud83d\\ude00¦\\ude00\"]", "found \\uDE00, one half", hint: "both halves"),
        Case("[\"\\ud83d¦\\u00\"]", "found \\u without four", hint: "\\u00E9"),
        Case("[¦01]", "a number with a leading zero", hint: "leave the zero out"),
        Case("[¦-012]", "a number with a leading zero", hint: "leave the zero out"),
        Case("[¦+1]", "a number with a plus sign", hint: "plus sign out"),
        Case("[¦.5]", "a number that begins with a decimal point", hint: "0.5"),
        Case("[¦-.5]", "a number that begins with a decimal point", hint: "0.5"),
        Case("[¦1.]", "a decimal point without digits", hint: "digits after the point"),
        Case("[¦1.e5]", "a decimal point without digits", hint: "digits after the point"),
        Case("[¦1e]", "an exponent without digits", hint: "1e6"),
        Case("[¦1e+]", "an exponent without digits", hint: "1e6"),
        Case("[¦-]", "a minus sign without digits", hint: "digits"),
        Case("[¦--1]", "a minus sign without digits", hint: "digits"),
        Case("[¦0x1F]", "a number followed by other characters", hint: "plain decimal"),
        Case("[¦1_000]", "a number followed by other characters", hint: "plain decimal"),
        Case("[¦1.2.3]", "a number followed by other characters", hint: "plain decimal"),
        Case("[¦10MB]", "a number followed by other characters", hint: "double quotes"),
        Case("[¦2025-01-01]", "a number followed by other characters", hint: "double quotes"),
        Case("[¦1e999]", "a number that is too large", hint: "1.8e308"),
        Case("[¦-1e999]", "a number that is too large", hint: "1.8e308"),
        Case("[¦" + String(repeating: "1", count: 513) + "]", "more than 512 characters", hint: "shorter"),
        Case("[¦NaN]", "found NaN, expected a value", hint: "finite"),
        Case("[¦Infinity]", "found Infinity, expected a value", hint: "finite"),
        Case("[¦-Infinity]", "a minus sign before a word", hint: "infinity"),
        Case("[¦-NaN]", "a minus sign before a word", hint: "infinity"),
        Case("{\"a\": ¦True}", "found True, expected a value", hint: "write true"),
        Case("{\"a\": ¦FALSE}", "found FALSE, expected a value", hint: "write false"),
        Case("{\"a\": ¦yes}", "found yes, expected a value", hint: "write true"),
        Case("{\"a\": ¦off}", "found off, expected a value", hint: "write false"),
        Case("{\"a\": ¦None}", "found None, expected a value", hint: "write null"),
        Case("{\"a\": ¦undefined}", "found undefined, expected a value", hint: "write null"),
        Case("{\"a\": ¦nulls}", "found a word without quotes, expected a value", hint: "double quotes"),
        Case("{\"a\": ¦truefalsetrue}", "found a word without quotes", hint: "double quotes"),
        Case("[true¦ false]".movingMark(forward: 1), "found a word, expected \",\" or \"]\"", hint: "comma"),
        Case("\u{FEFF}[¦01]".movingMark(forward: 0), "a number with a leading zero", hint: "zero"),
    ]

    @Test(arguments: documents + containers + scalars)
    func refused(_ refused: Case) throws {
        let error = try #require(throws: JSONSyntaxError.self) {
            try JSONParser.parse(Array(refused.text.utf8), file: "dir/spec.json")
        }
        var position = refused.position
        if refused.text.unicodeScalars.first == "\u{FEFF}", position.line == 1 {
            position = Position(line: 1, column: position.column - 1, offset: position.offset)
        }
        #expect(error.position == position)
        #expect(error.reason.contains(refused.reason), "\(error.reason)")
        if !refused.hint.isEmpty {
            #expect(error.hint?.contains(refused.hint) == true, "\(error.hint ?? "no hint")")
        }
        #expect(error.message == "dir/spec.json:\(position.line):\(position.column): \(error.reason)")
        #expect(error.kind == .invalidInput)
        #expect(error.reason.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
    }

    @Test(
        arguments: [
            ([0xFF], 1, 1, "0xFF"), ([0x22, 0x80, 0x22], 1, 2, "0x80"), ([0x0A, 0x22, 0xC3, 0x22], 2, 2, "0xC3"),
            // After "é": a long form of "/", a surrogate, a value above U+10FFFF, and sequences cut short.
            ([0x22, 0xC3, 0xA9, 0xC0, 0xAF], 1, 3, "0xC0"), ([0x22, 0xED, 0xA0, 0x80], 1, 2, "0xED"),
            ([0x22, 0xF4, 0x90, 0x80, 0x80], 1, 2, "0xF4"), ([0x22, 0xE2, 0x82], 1, 2, "0xE2"),
            ([0x22, 0xF0, 0x9F, 0x98], 1, 2, "0xF0"), ([0x22, 0xE0, 0x9F, 0x80], 1, 2, "0xE0"),
            ([0x22, 0xF0, 0x8F, 0x80, 0x80], 1, 2, "0xF0"), ([0x22, 0xF5, 0x80, 0x80, 0x80], 1, 2, "0xF5"),
            ([0x22, 0xE2, 0x82, 0x41], 1, 2, "0xE2"), ([0xEF, 0xBB, 0xBF, 0x22, 0xFF], 1, 2, "0xFF"),
        ] as [([UInt8], Int, Int, String)])
    func invalidUTF8(_ bytes: [UInt8], _ line: Int, _ column: Int, _ byte: String) throws {
        let error = try #require(throws: JSONSyntaxError.self) { try JSONParser.parse(bytes, file: "a") }
        #expect(error.reason == "found the byte \(byte), which is not valid UTF-8")
        #expect(error.position.line == line)
        #expect(error.position.column == column)
        #expect(error.hint == "save the file as UTF-8")
    }

    @Test(arguments: [[0xFF, 0xFE, 0x7B, 0x00], [0xFE, 0xFF, 0x00, 0x7B]] as [[UInt8]])
    func utf16(_ bytes: [UInt8]) throws {
        let error = try #require(throws: JSONSyntaxError.self) { try JSONParser.parse(bytes, file: "a") }
        #expect(error.reason == "found UTF-16, expected UTF-8")
    }

    /// The same judgement of bytes as the standard library's decoder, over every lead byte.
    @Test func utf8LikeTheStandardLibrary() {
        for lead in UInt8.min...UInt8.max {
            for second: UInt8 in [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0] {
                for rest: [UInt8] in [[], [0x80], [0x80, 0xBF], [0xBF, 0x41], [0x41]] {
                    let bytes = [lead, second] + rest
                    let valid = String(validating: bytes, as: UTF8.self) != nil
                    #expect((UTF8Validation.firstInvalidOffset(in: bytes) == nil) == valid, "\(bytes)")
                }
            }
        }
    }

    /// Whatever goes wrong inside or beside a secret, no message repeats it.
    @Test(arguments: [
        "{\"password\": hunter2}", "{\"password\": 'hunter2'}", "{\"password\": \"hunter2}",
        "{\"password\": \"hunter2\n\"}",
        "{\"password\": \"hunter2\\q\"}", "{\"password\": \"a\" hunter2}", "{\"password\": \"a\", hunter2 }",
        "{\"password\": \"a\", \"hunter2", "{\"password\": 0hunter2}", "{\"password\": \"hunter2\" \"b\"}", "hunter2",
    ])
    func secretsAreNotRepeated(_ text: String) throws {
        let error = try #require(throws: JSONSyntaxError.self) {
            try JSONParser.parse(Array(text.utf8), file: "a")
        }
        #expect(!error.message.contains("hunter"))
        #expect(error.hint?.contains("hunter") != true)
    }
}

extension String {
    /// Takes the mark out and puts it before the character at an index.
    func replacingMark(at index: Int) -> String {
        var characters = Array(self).filter { $0 != "¦" }
        characters.insert("¦", at: index)
        return String(characters)
    }

    func movingMark(back: Int = 0, forward: Int = 0) -> String {
        let index = Array(self).firstIndex(of: "¦")!
        return replacingMark(at: index - back + forward)
    }

    func markingFirst(_ character: Character) -> String {
        replacingMark(at: Array(self).firstIndex(of: character)!)
    }
}
