import Testing

@testable import PositionedJSON

@Suite struct PositionTests {
    static let document = """
        // storefront
        {
        \t"id": "läden",  /* über */ "port": 5432,
          "nodes": [
            {"name": "n1", "emoji😀": true},
            null, -1.5e3
          ],
        }
        """

    /// The place of the first occurrence of `needle`, counted without the parser.
    static func place(of needle: String, in text: String) throws -> Position {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var offset = 0
        for (number, line) in lines.enumerated() {
            let pieces = line.split(separator: needle, maxSplits: 1, omittingEmptySubsequences: false)
            if pieces.count == 2 {
                return Position(
                    line: number + 1, column: pieces[0].unicodeScalars.count + 1, offset: offset + pieces[0].utf8.count)
            }
            offset += line.utf8.count + 1
        }
        throw TestError.notFound(needle)
    }

    enum TestError: Error { case notFound(String) }

    @Test func valuesAndKeys() throws {
        let node = try JSONParser.parse(Array(Self.document.utf8), file: "a")
        func place(_ needle: String) throws -> Position { try Self.place(of: needle, in: Self.document) }
        #expect(node.position == (try place("{")))
        let members = try #require(node.objectValue)
        #expect(members.map(\.key) == ["id", "port", "nodes"])
        #expect(members.map(\.keyPosition) == (try ["\"id\"", "\"port\"", "\"nodes\""].map(place)))
        #expect(node["id"]?.position == (try place("\"läden\"")))
        #expect(node["port"]?.position == (try place("5432")))
        #expect(node["nodes"]?.position == (try place("[")))
        #expect(node["nodes"]?[0]?.position == (try place("{\"name\"")))
        #expect(node["nodes"]?[0]?.objectValue?[1].keyPosition == (try place("\"emoji😀\"")))
        #expect(node["nodes"]?[0]?["emoji😀"]?.position == (try place("true")))
        #expect(node["nodes"]?[1]?.position == (try place("null")))
        #expect(node["nodes"]?[2]?.position == (try place("-1.5e3")))
        #expect(node["nodes"]?[3] == nil)
        #expect(node["absent"] == nil)
    }

    @Test func whatOneLineAndColumnAre() throws {
        // CR LF is one line end, a lone CR none; a tab and a combining mark are one column each.
        let text = "[\r\n1,\r2,\t3, \"e\u{301}\", 4]"
        let node = try JSONParser.parse(Array(text.utf8), file: "a")
        let elements = try #require(node.arrayValue)
        #expect(elements.map(\.position.line) == [2, 2, 2, 2, 2])
        #expect(elements.map(\.position.column) == [1, 4, 7, 10, 16])
        #expect(elements[4].position.offset == text.utf8.count - 2)
    }

    @Test func byteOrderMarkHasNoColumn() throws {
        let node = try JSONParser.parse([0xEF, 0xBB, 0xBF, 0x31], file: "a")
        #expect(node.position == Position(line: 1, column: 1, offset: 3))
    }

    @Test func typeNamesAndValues() throws {
        let node = try JSONParser.parse(Array("[null,true,1,\"\",[],{}]".utf8), file: "a")
        let elements = try #require(node.arrayValue)
        #expect(elements.map(\.typeName) == ["null", "boolean", "number", "string", "array", "object"])
        #expect(elements[1].boolValue == true)
        #expect(elements[2].numberValue?.integer == 1)
        #expect(elements[3].stringValue == "")
        #expect(elements[4].arrayValue?.isEmpty == true)
        #expect(elements[5].objectValue?.isEmpty == true)
        #expect(elements[0].stringValue == nil && elements[0].boolValue == nil && elements[0].numberValue == nil)
        #expect(elements[5]["a"] == nil && elements[4][0] == nil && elements[0]["a"] == nil)
    }

    @Test(
        arguments: [
            ("2.5", nil, nil, 2.5), ("1e2", nil, nil, 100), ("1.0", nil, nil, 1), ("-1", -1, nil, -1),
            ("18446744073709551615", nil, UInt64.max, 18_446_744_073_709_551_616),
            ("9223372036854775807", Int64.max, 9_223_372_036_854_775_807, 9_223_372_036_854_775_808),
            ("18446744073709551616", nil, nil, 18_446_744_073_709_551_616),
        ] as [(String, Int64?, UInt64?, Double)])
    func numbers(_ text: String, _ integer: Int64?, _ unsigned: UInt64?, _ double: Double) throws {
        let number = try #require(try JSONParser.parse(Array(text.utf8), file: "a").numberValue)
        #expect(number.text == text)
        #expect(number.integer == integer)
        #expect(number.unsignedInteger == unsigned)
        #expect(number.double == double)
    }
}
