import FoundationEssentials
import Testing

@testable import PositionedJSON

@Suite struct JSONTreeTests {
    static let sample: JSONTree = [
        "name": "n1", "Zone": nil, "list": [1, 2.5, true, [], [:]], "id": .unsigned(7_444_444_444_444_444_444),
        "deep": ["b": "x\"y\\z\n\u{1B}\u{9B}\u{7F}/é", "a": -1],
    ]

    @Test func compactText() {
        #expect(
            Self.sample.text(pretty: false)
                == #"{"Zone":null,"deep":{"a":-1,"b":"x\"y\\z\n\u001b\u009b\u007f/é"},"id":7444444444444444444,"#
                + #""list":[1,2.5,true,[],{}],"name":"n1"}"#)
    }

    @Test func prettyText() {
        #expect(
            Self.sample.text(pretty: true) == #"""
                {
                  "Zone": null,
                  "deep": {
                    "a": -1,
                    "b": "x\"y\\z\n\u001b\u009b\u007f/é"
                  },
                  "id": 7444444444444444444,
                  "list": [
                    1,
                    2.5,
                    true,
                    [],
                    {}
                  ],
                  "name": "n1"
                }

                """#)
        #expect(JSONTree.null.text(pretty: true) == "null\n")
        #expect(JSONTree.object([:]).text(pretty: true) == "{}\n")
    }

    @Test func whatJSONCannotSayIsNull() {
        #expect(JSONTree.array([.number(.nan), .number(.infinity)]).text(pretty: false) == "[null,null]")
    }

    @Test func numbersAreEqualByValue() {
        #expect(JSONTree.integer(5) == .unsigned(5))
        #expect(JSONTree.integer(5) == .number(5))
        #expect(JSONTree.unsigned(.max) == .unsigned(.max))
        #expect(JSONTree.unsigned(.max) != .number(18_446_744_073_709_551_616))
        // 2^53 + 1 is no Double.
        #expect(JSONTree.integer(9_007_199_254_740_993) != .number(9_007_199_254_740_992))
        #expect(JSONTree.integer(1) != .bool(true))
        #expect(JSONTree.integer(1) != .string("1"))
        #expect(JSONTree.null != .bool(false))
        #expect(Set([JSONTree.integer(5), .unsigned(5), .number(5), .number(5.5)]).count == 2)
    }

    @Test func reading() {
        let tree = Self.sample
        #expect(tree["name"]?.stringValue == "n1")
        #expect(tree["list"]?[1]?.doubleValue == 2.5)
        #expect(tree["list"]?[0]?.intValue == 1)
        #expect(tree["list"]?[1]?.intValue == nil)
        #expect(tree["list"]?[2]?.boolValue == true)
        #expect(tree["list"]?[9] == nil)
        #expect(tree["list"]?[-1] == nil)
        #expect(tree["Zone"]?.isNull == true)
        #expect(tree["none"] == nil)
        #expect(tree["id"]?.unsignedValue == 7_444_444_444_444_444_444)
        #expect(JSONTree.unsigned(.max).intValue == nil)
        #expect(JSONTree.integer(-1).unsignedValue == nil)
        #expect(tree["deep"]?.objectValue?.count == 2)
        #expect(tree["list"]?.arrayValue?.count == 5)
    }

    @Test func writing() {
        var tree: JSONTree = [:]
        tree["a"] = 1
        tree["b"] = ["c": true]
        tree["b"]?["c"] = false
        #expect(tree == ["a": 1, "b": ["c": false]])
        tree["a"] = nil
        #expect(tree == ["b": ["c": false]])
        var scalar: JSONTree = 5
        scalar["a"] = nil
        #expect(scalar == 5)
        scalar["a"] = 1
        #expect(scalar == ["a": 1])
    }

    @Test func throughCodable() throws {
        let tree: JSONTree = [
            "max": .unsigned(.max), "min": .integer(.min), "big": .integer(.max), "half": 0.5, "whole": .number(3),
            "text": "é\n😀", "none": nil, "yes": true, "list": [nil, [1], ["k": "v"]], "": [:], "empty": [],
        ]
        let data = try JSONEncoder().encode(tree)
        #expect(try JSONDecoder().decode(JSONTree.self, from: data) == tree)
        // What the encoder wrote is what our own parser reads.
        #expect(try JSONTree.parse(String(decoding: data, as: UTF8.self)) == tree)
        // And the other way round.
        let text = tree.text(pretty: true)
        #expect(try JSONDecoder().decode(JSONTree.self, from: Data(text.utf8)) == tree)
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(JSONTree.number(.nan)) }
    }

    @Test func exactTextOfLargeNumbersThroughCodable() throws {
        let data = try JSONEncoder().encode(JSONTree.array([.unsigned(.max), .integer(.min)]))
        let tree = try JSONDecoder().decode(JSONTree.self, from: data)
        #expect(tree.text(pretty: false) == "[18446744073709551615,-9223372036854775808]")
    }

    @Test func parseErrorsHavePlaces() throws {
        let error = try #require(throws: JSONSyntaxError.self) { try JSONTree.parse("{\n  \"a\": 01}", file: "info") }
        #expect(error.message.hasPrefix("info:2:8: found a number with a leading zero"))
    }

    /// Any tree is what its text says, compact or pretty.
    @Test func textRoundTrips() throws {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<400 {
            let tree = Self.random(&generator, depth: 0)
            #expect(try JSONTree.parse(tree.text(pretty: false)) == tree)
            #expect(try JSONTree.parse(tree.text(pretty: true)) == tree)
        }
    }

    static func random(_ generator: inout SeededGenerator, depth: Int) -> JSONTree {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .integer(.random(in: .min ... .max, using: &generator))
        case 3: return .unsigned(.random(in: .min ... .max, using: &generator))
        case 4:
            let value = Double(bitPattern: generator.next())
            return .number(value.isFinite ? value : 0.1)
        case 5: return .string(randomString(&generator))
        case 6:
            return .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in random(&generator, depth: depth + 1) })
        default:
            var members: [String: JSONTree] = [:]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                members[randomString(&generator)] = random(&generator, depth: depth + 1)
            }
            return .object(members)
        }
    }

    static func randomString(_ generator: inout SeededGenerator) -> String {
        var string = ""
        for _ in 0..<Int.random(in: 0...8, using: &generator) {
            let limit: UInt32 = [0x80, 0x800, 0x1_0000, 0x11_0000].randomElement(using: &generator)!
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) {
                string.unicodeScalars.append(scalar)
            }
        }
        return string
    }
}
