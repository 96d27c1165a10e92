import Failures
import Spec
import Testing

@Suite("Several problems in one file")
struct SeveralProblemsTests {
    @Test("are all reported in one run, in the order of the file")
    func allInOrder() throws {
        let marked = try Marked(
            base: ValidTexts.database,
            replacing: [
                // From the end to the beginning, so that the order is not that of the reading.
                (#""stanza": "main""#, #""stanza": ‸"a b""#),
                (#""30 * * * *""#, #"‸"30 25 * * *""#),
                (#""type": "posix", "base_path": "/backups""#, #""type": "posix", "base_path": ‸"backups""#),
                (#""source_node": "n1""#, #""source_node": ‸"n5""#),
                (#""username": "app""#, #""username": ‸"boss""#),
                (#""port": 5432"#, #""port": ‸70000, ‸"prot": 1"#),
                (#""id": "orders""#, #""id": ‸"Orders""#),
            ])
        let problems = Problems.ofDatabase(marked.text)
        #expect(
            problems.map(\.path) == [
                "id", "spec.port", "spec.prot", "spec.database_users[1].username", "spec.nodes[1].source_node",
                "spec.backup_config.repositories[0].base_path", "spec.backup_config.schedules[1].cron_expression",
                "spec.orchestrator_opts.local.pgbackrest.stanza",
            ])
        #expect(problems.map { [$0.line, $0.column] } == marked.positions.map { [$0.line, $0.column] })
    }

    @Test("both nodes of a circle are named")
    func circle() throws {
        let marked = try Marked(
            base: ValidTexts.database,
            replacing: [
                (#""name": "n1","#, #""name": "n1", "source_node": ‸"n2","#), (#": "n1", "port""#, #": ‸"n1", "port""#),
            ])
        let problems = Problems.ofDatabase(marked.text)
        #expect(problems.map(\.path) == ["spec.nodes[0].source_node", "spec.nodes[1].source_node"])
        #expect(problems.map(\.message) == Array(repeating: "the sources of the nodes go in a circle", count: 2))
        #expect(problems.map { [$0.line, $0.column] } == marked.positions.map { [$0.line, $0.column] })
    }

    @Test("missing keys of one object are each named")
    func missingKeys() {
        let problems = Problems.ofDatabase("\n  {\"spec\": {}}")
        #expect(problems.map(\.path) == ["spec.database_name", "spec.nodes"])
        #expect(problems.allSatisfy { $0.line == 2 && $0.column == 12 })
    }

    @Test("columns count characters, not bytes")
    func characters() {
        let problems = Problems.ofDatabase(#"{"database_name": "ünïcødé", "nodes": [], "x": 1}"#)
        #expect(problems.map(\.column) == [39, 43])
    }

    @Test("what is thrown reads like a compiler's messages")
    func thrown() throws {
        let text = #"{"spec": {"database_name": "x", "nodes": [{"name": "n1", "host_ids": ["h"], "port": "a"}]}}"#
        let one = try #require(throws: SpecProblems.self) {
            try SpecReader.readDatabase(Array(text.utf8), file: "specs/x.json")
        }
        #expect(one.kind == .invalidInput)
        #expect(
            one.message
                == #"specs/x.json:1:85: spec.nodes[0].port: expected a port, found a string ("a")"#)
        #expect(one.hint == "a port is 0 to 65535; 0 takes a free one and keeps it")
        #expect(one.details == [])

        let two = try #require(throws: SpecProblems.self) {
            try SpecReader.readDatabase(Array(#"{"spec": {}}"#.utf8), file: "specs/y.json")
        }
        #expect(two.message == "specs/y.json has 2 problems")
        #expect(two.hint == nil)
        #expect(
            two.details == [
                #"specs/y.json:1:10: spec.database_name: "database_name" is missing"#,
                "  hint: add it: the name of the Postgres database",
                #"specs/y.json:1:10: spec.nodes: "nodes" is missing"#,
                "  hint: add it: the nodes, each a primary with its read replicas",
            ])
    }

    @Test("text that is no JSON is one problem, at its place")
    func syntax() throws {
        let problems = Problems.ofDatabase("{\n  \"spec\": {'a': 1}\n}")
        #expect(problems.count == 1)
        #expect(problems.first.map { [$0.line, $0.column] } == [2, 12])
        #expect(problems.first?.path == "")
        #expect(problems.first?.hint != nil)
    }

    @Test("secrets never stand in a message", arguments: ["geheim-1", "geheim-2", "Z2VoZWltLTM=", "geheim-4"])
    func secretsStayOut(secret: String) throws {
        for replacement in ["\(secret)\\n", " \(secret)", "\(secret)\\u0000"] {
            let marked = try Marked(base: ValidTexts.database, replacing: [("\"\(secret)\"", "\"\(replacement)\"")])
            for problem in Problems.ofDatabase(marked.text) {
                #expect(!problem.text.contains("geheim") && !problem.text.contains("Z2Vo"))
                #expect(!(problem.hint ?? "").contains("geheim"))
            }
        }
    }
}
