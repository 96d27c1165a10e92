import Spec
import Testing

@Suite("Which document it is")
struct DocumentKindTests {
    private func kind(_ text: String) throws -> String {
        switch try SpecReader.readAny(Array(text.utf8), file: "x") {
        case .database: "database"
        case .restore: "restore"
        case .backup: "backup"
        }
    }

    @Test(
        "its keys tell",
        arguments: [
            (ValidTexts.database, "database"), (ValidTexts.restore, "restore"), (ValidTexts.backup, "backup"),
            (#"{"restore_config": {}}"#, "restore"), (#"{"target_nodes": []}"#, "restore"),
            (#"{"type": "incr"}"#, "backup"),
            (
                #"{"database_name": "d", "restore_config": {}, "nodes": [{"name": "n1", "host_ids": ["h"]}]}"#,
                "database"
            ),
        ])
    func known(text: String, expected: String) throws {
        #expect(try kind(text) == expected)
    }

    @Test("each request body of the control plane is what it is")
    func requests() throws {
        let kinds = try Examples.names(in: "requests").map { name in
            try kind(String(decoding: Examples.bytes(name), as: UTF8.self))
        }
        #expect(
            kinds == ["database", "database", "backup", "database", "restore", "restore", "database", "database"])
    }

    @Test(
        "where they do not tell, it is said",
        arguments: [
            ("{}", "this is neither a spec nor a request: none of its keys is known"),
            (#"{"s3_bucket": "x"}"#, "this is neither a spec nor a request: none of its keys is known"),
            ("[]", "expected a spec or a request, which is an object, found an array"),
            (
                #"{"type": "full", "restore_config": {}}"#,
                #"this could be a restore ("restore_config") or a backup ("type"): a document is one of them"#
            ),
        ])
    func unknown(text: String, message: String) {
        let problems = Problems.of(text) { _ = try SpecReader.readAny($0, file: $1) }
        #expect(problems.map(\.message) == [message])
        #expect(problems.map { [$0.line, $0.column] } == [[1, 1]])
        #expect(problems.first?.hint?.contains("target_nodes") == true)
    }

    @Test("a slip in the only telling key is found")
    func slip() {
        let problems = Problems.of(#"{"id": "x", "spce": {}}"#) { _ = try SpecReader.readAny($0, file: $1) }
        #expect(problems.map(\.message) == [#"unknown key "spce""#])
        #expect(problems.map(\.hint) == [#"did you mean "spec"?"#])
    }
}
