import PositionedJSON
import Spec
import Testing

@Suite("The JSON Schema")
struct SchemaTests {
    private let checker: SchemaChecker

    init() throws {
        checker = try SchemaChecker(root: SpecSchema.jsonSchema)
    }

    private func tree(_ text: String) throws -> JSONTree { try JSONTree.parse(text) }

    /// The schema of a request, which `$defs` holds.
    private func request(_ name: String) throws -> SchemaChecker {
        var root = try #require(SpecSchema.jsonSchema["$defs"]?[name])
        root["$defs"] = SpecSchema.jsonSchema["$defs"]
        return try SchemaChecker(root: root)
    }

    @Test("says which draft it is, and describes every key")
    func outline() throws {
        let schema = SpecSchema.jsonSchema
        #expect(schema["$schema"]?.stringValue == "https://json-schema.org/draft/2020-12/schema")
        let definitions = try #require(schema["$defs"]?.objectValue)
        #expect(
            definitions.keys.sorted() == [
                "backup_config", "backup_request", "database_body", "database_spec", "database_user", "hooks",
                "instance",
                "local", "node", "orchestrator_opts", "pgbackrest", "replication", "repository", "restore_config",
                "restore_request", "schedule", "scripts", "secret_reference", "service",
            ])
        for (name, definition) in definitions {
            let properties = try #require(definition["properties"]?.objectValue)
            for (key, property) in properties {
                #expect(property["description"]?.stringValue?.isEmpty == false, "\(name).\(key)")
            }
        }
    }

    @Test("accepts what the reader accepts: every example and request, and every key of the contract")
    func acceptsValid() throws {
        for name in try Examples.names() + Examples.names(in: "requests") {
            let bytes = try Examples.bytes(name)
            let document = try JSONTree.parse(String(decoding: bytes, as: UTF8.self))
            let checker =
                switch try SpecReader.readAny(bytes, file: name) {
                case .database: checker
                case .restore: try request("restore_request")
                case .backup: try request("backup_request")
                }
            #expect(try checker.problems(document) == [], "\(name)")
        }
        #expect(try checker.problems(tree(ValidTexts.database)) == [])
        #expect(try request("restore_request").problems(tree(ValidTexts.restore)) == [])
        #expect(try request("backup_request").problems(tree(ValidTexts.backup)) == [])
    }

    /// What a schema cannot know: it sees each value by itself.
    private static let onlyTheReaderKnows = [
        "stands twice", "the same place", "no node", "own source", "both stand here", "have one", "no host",
        "only one user", "cannot stand together", "is the same", "is not the one beside", "never comes due",
        "pgstanza's own", "has a key of its own", "not accepted", "follows from the repository",
        "belongs to one command", "unknown role attribute", "needs", "is out of range", "goes with", "bytes",
        "is not a line", "not base64", "line break", "white space", "is empty", "holds a control", "pgBackRest reaches",
        "would write into one", "takes no", "has no zone", "there is no day", "exact time", "position in the WAL",
        "a transaction id", "recovery settings", "label of a backup", "a timeline", "neither y nor n", "recovery type",
        "is not absolute", "is not the name of an option", "is not a database name", "is not a user name",
    ]

    @Test("refuses what the reader refuses, as far as a schema can know")
    func refusesBroken() throws {
        let cases =
            BrokenIdentityTests.cases + BrokenSettingsTests.cases + BrokenUsersTests.cases + BrokenNodesTests.cases
            + BrokenRepositoriesTests.cases + BrokenSchedulesTests.cases + BrokenLocalTests.cases
        var refused = 0
        for broken in cases {
            let marked = try Marked(base: ValidTexts.database, replacing: [(broken.old, broken.new)])
            let problems = try checker.problems(tree(marked.text))
            if !problems.isEmpty {
                refused += 1
            } else {
                let isKnown = Self.onlyTheReaderKnows.contains { broken.message.contains($0) }
                #expect(isKnown, "the schema accepts \(broken.testDescription): \(broken.message)")
            }
        }
        #expect(refused > 100)
    }

    @Test(
        "a repository's type decides which keys it has",
        arguments: [
            (#"{"type": "s3", "s3_bucket": "abc"}"#, true), (#"{"type": "s3"}"#, false),
            (#"{"type": "posix", "base_path": "/x"}"#, true), (#"{"type": "posix"}"#, false),
            (#"{"type": "posix", "base_path": "/x", "s3_bucket": "abc"}"#, false),
            (#"{"type": "gcs", "gcs_bucket": "abc", "gcs_key": {"file": "/k"}}"#, true),
            (#"{"type": "gcs", "gcs_bucket": "abc", "gcs_key": {"file": "/k", "env": "K"}}"#, false),
            (#"{"type": "ftp", "base_path": "/x"}"#, false), (#"{"base_path": "/x"}"#, false),
        ])
    func repositories(text: String, isValid: Bool) throws {
        var root = try #require(SpecSchema.jsonSchema["$defs"]?["repository"])
        root["$defs"] = SpecSchema.jsonSchema["$defs"]
        #expect(try SchemaChecker(root: root).problems(tree(text)).isEmpty == isValid)
    }

    /// The same rule is written twice, for the reader and as a pattern; here they meet on many texts.
    @Test("its patterns and the reader's rules are of one mind", arguments: Placement.all)
    func patterns(placement: Placement) throws {
        for text in Self.texts {
            let document = placement.document(with: text)
            let isRead = Problems.ofDatabase(document.text(pretty: false)).isEmpty
            let isInSchema = try checker.problems(document).isEmpty
            if isRead { #expect(isInSchema, "the schema refuses \(text.debugDescription)") }
            if isInSchema, placement.isExact { #expect(isRead, "the reader refuses \(text.debugDescription)") }
        }
    }

    private static let texts: [String] = [
        "", "a", "n1", "n", "n01", "N1", "host-1", "-a", "a-", "a b", "ä", "a.b", "a_b", "..", ".", "/", "/a", "/a/",
        "//",
        "/a//b", "/a/../b", "/..", "/.", "/a/..", "/...", "/a/.b", "a/b", "./a", "global", "db", "15.6", "9.6", "15",
        "15.123",
        "1.2.3", "15.x", "http://a", "https://a", "https://a/", "a:9000", "[::1]:9000", "::1", "10.0.0.1", "a\n", "\na",
        "pg_x", "public", "none", "pgstanza", "postgres", "us-east-1", "x@y.service", "A_B", "1A", "_", "A-B", "\u{7f}",
        "\u{1}", "a;b", "$(id)", "Z2Vo", String(repeating: "a", count: 31), String(repeating: "a", count: 36),
        String(repeating: "a", count: 37), String(repeating: "a", count: 63), String(repeating: "a", count: 64),
        String(repeating: "a", count: 65),
    ]
}

/// A place in a spec where a text may be put.
struct Placement: Sendable, CustomTestStringConvertible {
    let name: String
    /// Whether the pattern says all that the reader checks.
    let isExact: Bool
    let put: @Sendable (inout JSONTree, String) -> Void

    var testDescription: String { name }

    func document(with text: String) -> JSONTree {
        var spec: JSONTree = ["database_name": "d", "nodes": [["name": "n1", "host_ids": ["h1"]]]]
        put(&spec, text)
        return spec
    }

    private static func local(_ key: String, isExact: Bool = true) -> Placement {
        Placement(name: key, isExact: isExact) { spec, text in
            spec["orchestrator_opts"] = ["local": [key: .string(text)]]
        }
    }

    static let all: [Placement] = [
        Placement(name: "id", isExact: true) { $0["id"] = .string($1) },
        Placement(name: "database_name", isExact: false) { $0["database_name"] = .string($1) },
        Placement(name: "postgres_version", isExact: true) { $0["postgres_version"] = .string($1) },
        Placement(name: "node name", isExact: true) { $0["nodes"] = [["name": .string($1), "host_ids": ["h1"]]] },
        Placement(name: "host id", isExact: true) { $0["nodes"] = [["name": "n1", "host_ids": [.string($1)]]] },
        Placement(name: "username", isExact: true) { $0["database_users"] = [["username": .string($1)]] },
        Placement(name: "schedule id", isExact: true) { spec, text in
            spec["backup_config"] = [
                "repositories": [["type": "posix", "base_path": "/b"]],
                "schedules": [["id": .string(text), "type": "full", "cron_expression": "@daily"]],
            ]
        },
        Placement(name: "base_path", isExact: true) { spec, text in
            spec["backup_config"] = ["repositories": [["type": "posix", "base_path": .string(text)]]]
        },
        Placement(name: "s3_bucket", isExact: true) { spec, text in
            spec["backup_config"] = ["repositories": [["type": "s3", "s3_bucket": .string(text)]]]
        },
        Placement(name: "s3_region", isExact: true) { spec, text in
            spec["backup_config"] = [
                "repositories": [["type": "s3", "s3_bucket": "abc", "s3_region": .string(text)]]
            ]
        },
        Placement(name: "s3_endpoint", isExact: true) { spec, text in
            spec["backup_config"] = [
                "repositories": [["type": "s3", "s3_bucket": "abc", "s3_endpoint": .string(text)]]
            ]
        },
        Placement(name: "password env", isExact: true) { spec, text in
            spec["database_users"] = [["username": "u", "password": ["env": .string(text)]]]
        },
        local("pgdata"), local("socket_dir"), local("address"), local("superuser"),
        Placement(name: "stanza", isExact: true) { spec, text in
            spec["orchestrator_opts"] = ["local": ["pgbackrest": ["stanza": .string(text)]]]
        },
        Placement(name: "pgbackrest bin", isExact: true) { spec, text in
            spec["orchestrator_opts"] = ["local": ["pgbackrest": ["bin": .string(text)]]]
        },
        Placement(name: "unit", isExact: true) { spec, text in
            spec["orchestrator_opts"] = ["local": ["service": ["type": "systemd", "unit": .string(text)]]]
        },
        Placement(name: "setting", isExact: true) { spec, text in spec["postgresql_conf"] = [text: "1"] },
    ]
}
