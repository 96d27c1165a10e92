import Testing

@testable import PositionedJSON

/// No input crashes the parser, and what it says about places is always inside the text.
@Suite struct FuzzTests {
    static let document = Array(
        """
        \u{FEFF}// a database
        {
          "id": "läden-1", "spec": {
            "database_name": "shop", "port": 5432, "on": true, "off": false, "none": null,
            "nodes": [ {"name": "n1", "host_ids": ["host-1", "host-2",]}, /* second */
              {"name": "n2", "host_ids": ["host-3"], "weight": -1.25e-3, "notes": "tab\\t quote\\" \\u00e9 \\ud83d\\ude00 😀"} ],
            "backup_config": {"repositories": [{"type": "posix", "base_path": "/var/backups", "retention_full": 7}]},
            "list": [[], {}, [[[0]]], 1e10, 18446744073709551615],
          },
        }
        """.utf8)

    static let interesting = Array("{}[]\":,'/*\\u0-+.eE#tfnNI \n\r\t\0".utf8) + [0x80, 0xC3, 0xED, 0xEF, 0xF4, 0xFF]

    static func mutated(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = document
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[index] = interesting.randomElement(using: &generator)!
            case 2: bytes.insert(interesting.randomElement(using: &generator)!, at: index)
            case 3: bytes.remove(at: index)
            case 4: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            default:
                let end = min(bytes.count, index + Int.random(in: 1...20, using: &generator))
                bytes.insert(
                    contentsOf: Array(bytes[index..<end]), at: Int.random(in: 0..<bytes.count, using: &generator))
            }
        }
        if Int.random(in: 0..<8, using: &generator) == 0 {
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
        }
        return bytes
    }

    @Test func theDocumentItselfIsRead() throws {
        let node = try JSONParser.parse(Self.document, file: "a")
        #expect(node["spec"]?["nodes"]?[1]?["notes"]?.stringValue == "tab\t quote\" é 😀 😀")
    }

    @Test func aMillionMutatedBytes() throws {
        var generator = SeededGenerator(seed: 1)
        var total = 0
        var accepted = 0
        var reasons: Set<String> = []
        while total < 1_000_000 {
            let bytes = Self.mutated(&generator)
            total += bytes.count
            do {
                let node = try JSONParser.parse(bytes, file: "a")
                accepted += 1
                // What was accepted can be written and read again as the same.
                let tree = node.tree
                #expect(try JSONTree.parse(tree.text(pretty: false)) == tree)
            } catch {
                reasons.insert(error.reason)
                let position = error.position
                guard position.offset >= 0, position.offset <= bytes.count, position.line >= 1, position.column >= 1,
                    position.line <= 1 + bytes.count(where: { $0 == UInt8(ascii: "\n") }), error.hint?.isEmpty != true
                else {
                    Issue.record("\(error) is not inside \(bytes)")
                    return
                }
            }
        }
        // The mutations reach both outcomes and many places of the parser.
        #expect(accepted > 50)
        #expect(reasons.count > 60)
    }

    /// Every beginning of the document that leaves something out is refused, and does not crash.
    @Test func everyPrefix() {
        for length in 0..<(Self.document.count - 1) {
            let prefix = Array(Self.document[..<length])
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(prefix, file: "a") }
        }
    }

    @Test func shortInputs() {
        // All texts of up to three of these characters.
        let alphabet = Array("{}[]\":,'/*\\u0-.eNt \n".utf8) + [0xC3, 0xFF]
        for first in alphabet {
            _ = try? JSONParser.parse([first], file: "a")
            for second in alphabet {
                _ = try? JSONParser.parse([first, second], file: "a")
                for third in alphabet { _ = try? JSONParser.parse([first, second, third], file: "a") }
            }
        }
    }

    /// Texts that take minutes when any part of the parser is quadratic.
    @Test func largeTextsTakeLinearTime() throws {
        func refused(_ text: String) {
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8), file: "a") }
        }
        refused(String(repeating: "[", count: 300_000))
        refused("\"" + String(repeating: "\\\"", count: 100_000))
        refused("[" + String(repeating: "/**/", count: 50_000))
        refused("[" + String(repeating: "1", count: 200_000) + "]")
        refused("{" + String(repeating: "a", count: 200_000) + ":1}")
        let members = (0..<10_000).map { "\"key\($0)\":\n\($0)" }.joined(separator: ",")
        let node = try JSONParser.parse(Array("{\(members)}".utf8), file: "a")
        #expect(
            node.objectValue?.last?.value.position == Position(line: 10_001, column: 1, offset: members.utf8.count - 3))
    }

    @Test func sixtyFourLevelsAreTaken() throws {
        let text = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSONTree.parse(text).text(pretty: false) == text)
    }
}
