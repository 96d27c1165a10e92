import PositionedJSON
import Testing

extension SpecChanges {
    /// The spec's list of users, changed.
    private static func changeUsers(_ spec: inout JSONTree, _ change: (inout [JSONTree]) -> Void) {
        var users = spec["spec"]?["database_users"]?.arrayValue ?? []
        change(&users)
        spec = spec.replacing("spec", "database_users", with: .array(users))
    }

    /// `reader` as the spec has it.
    private static func changeReader(_ spec: inout JSONTree, _ key: String, _ value: JSONTree) {
        changeUsers(&spec) { users in
            for index in users.indices where users[index]["username"] == "reader" {
                users[index] = users[index].replacing(key, with: value)
            }
        }
    }

    private static let reader = "n1/host-1 user reader"

    static var users: [SpecChange] {
        [
            SpecChange("a user more", ["create-user"], [reader: "LOGIN password"]) {
                changeUsers(&$0) { $0.append(["username": "reader", "password": "read s3cret"]) }
            },
            SpecChange("an attribute more", ["alter-user"], [reader: "CREATEDB LOGIN password"]) {
                changeReader(&$0, "attributes", ["CREATEDB"])
            },
            SpecChange(
                "limits, killed before", ["alter-user"], [reader: "LOGIN 5 2031-05-01 00:00:00 password"],
                killedAt: "update.accepted"
            ) { changeReader(&$0, "attributes", ["CONNECTION LIMIT 5", "valid until '2031-05-01 00:00:00+00'"]) },
            SpecChange("another limit", ["alter-user"], [reader: "LOGIN 7 2031-05-01 00:00:00 password"]) {
                changeReader(&$0, "attributes", ["connection limit 7", "VALID UNTIL '2031-05-01 00:00:00+00'"])
            },
            SpecChange("no limits", ["alter-user"], [reader: "LOGIN password"]) {
                changeReader(&$0, "attributes", .null)
            },
            SpecChange(
                "memberships", ["alter-user"],
                ["n1/host-1 member reader of pg_read_all_data": "false", "n1/host-1 member reader of boss": "false"]
            ) { changeReader(&$0, "roles", ["pg_read_all_data", "boss"]) },
            SpecChange("a membership less", ["alter-user"], ["n1/host-1 member reader of pg_read_all_data": .gone]) {
                changeReader(&$0, "roles", ["boss"])
            },
            SpecChange(
                "another password", ["alter-user"], [:]
            ) { changeReader(&$0, "password", "other s3cret") }.showing { bench in
                try await expectLogin(bench, "reader", "other s3cret")
                try await expectLogin(bench, "reader", "read s3cret", works: false)
            },
            SpecChange("no login", ["alter-user"], [reader: "password"]) {
                changeReader(&$0, "attributes", ["NOLOGIN"])
            },
            SpecChange("login again", ["alter-user"], [reader: "LOGIN password"]) {
                changeReader(&$0, "attributes", .null)
            },
            SpecChange("another owner", ["change-owner"], ["n1/host-1 owner of shop": "reader"]) {
                changeUsers(&$0) { $0[0]["db_owner"] = false }
                changeReader(&$0, "db_owner", true)
            },
            SpecChange("the owner from before", ["change-owner"], ["n1/host-1 owner of shop": "boss"]) {
                changeUsers(&$0) { $0[0]["db_owner"] = true }
                changeReader(&$0, "db_owner", false)
            },
            SpecChange("a user less, who stays", ["leave-user"], [:]) { changeUsers(&$0) { $0.removeLast() } },
            SpecChange(
                "a user who is there already", ["alter-user"],
                [
                    reader: "CREATEROLE LOGIN password", "n1/host-1 member reader of pg_read_all_settings": "false",
                ]
            ) {
                changeUsers(&$0) {
                    $0.append([
                        "username": "reader", "password": "third s3cret", "attributes": ["CREATEROLE"],
                        "roles": ["boss", "pg_read_all_settings"],
                    ])
                }
            },
            SpecChange(
                "a user whom somebody dropped", ["create-user"], [:]
            ).showing { bench in try await expectLogin(bench, "reader", "third s3cret") }.after { bench in
                try await bench.primary().query("DROP ROLE reader")
            },
        ]
    }

    private static func expectLogin(
        _ bench: UpdateBench, _ user: String, _ password: String, works: Bool = true
    ) async throws {
        let primary = try await bench.primary()
        let result = try await bench.box.run(
            [
                "psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", String(primary.port), "-U", user, "-d", "shop", "-c",
                "SELECT 1",
            ], environment: ["PGPASSWORD": password])
        #expect((result.exitCode == 0) == works, "\(result.summary)")
    }
}
