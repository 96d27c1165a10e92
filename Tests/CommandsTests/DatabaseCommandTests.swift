import Catalog
import Foundation
import PositionedJSON
import TargetTime
import Testing

@Suite("pgstanza db")
struct DatabaseCommandTests {
    private let wrongSpec = """
        {
          "spec": {
            "database_name": "shop",
            "nodes": [{"name": "one", "host_ids": []}],
            "backup_config": {"repositories": [{"type": "s4"}]}
          }
        }
        """

    @Test("every problem of a spec is printed, each with its place")
    func problems() async throws {
        try await Place.with { place in
            let spec = try place.file("spec.json", wrongSpec)
            let run = try await place.run("db", "validate", spec)
            #expect(run.status == 65)
            #expect(run.output.isEmpty)
            let errors = run.error.split(separator: "\n").filter { $0.hasPrefix("error: \(spec):") }
            #expect(errors.count == 3, "\(run.error)")
            #expect(errors.contains { $0.contains(":4:24: spec.nodes[0].name: ") })
            #expect(errors.contains { $0.contains(":5:49: spec.backup_config.repositories[0].type: ") })

            let json = try await place.run("db", "validate", spec, "--json")
            let document = try json.errorJSON()
            #expect(json.status == 65)
            #expect(document["error"]?["exit_code"]?.intValue == 65)
            let problems = try #require(document["problems"]?.arrayValue)
            #expect(problems.count == 3)
            let type = try #require(problems.first { $0["path"] == "spec.backup_config.repositories[0].type" })
            #expect(type["file"]?.stringValue == spec)
            #expect(type["line"]?.intValue == 5)
            #expect(type["column"]?.intValue == 49)
            #expect(type["message"]?.stringValue?.isEmpty == false)
            #expect(type["hint"]?.stringValue?.contains("s3") == true)
        }
    }

    @Test("a file that is no JSON has one problem, with its place")
    func syntax() async throws {
        try await Place.with { place in
            let run = try await place.run("db", "validate", "-", "--json", input: "{\"spec\": {'a': 1}}")
            #expect(run.status == 65)
            let problems = try #require(try run.errorJSON()["problems"]?.arrayValue)
            #expect(problems.count == 1)
            #expect(problems[0]["file"] == "standard input")
            #expect(problems[0]["line"]?.intValue == 1)
            #expect(problems[0]["column"]?.intValue == 11)
        }
    }

    @Test("specs and requests are told apart, from files, standard input and pipes")
    func kinds() async throws {
        try await Place.with { place in
            let spec = try place.file("spec.json", smallSpec)
            let database = try await place.run("db", "validate", spec, "--json")
            #expect(database.status == 0, "\(database.error)")
            let document = try database.json()
            #expect(document["document"] == "database")
            #expect(document["id"] == "example")
            #expect(document["valid"] == true)
            #expect(document["not_used"] == [])
            let text = try await place.run("db", "validate", spec)
            #expect(text.output == "\(spec): valid spec of the database \"example\" with n1\n")

            let backup = try await place.run("db", "validate", "-", "--json", input: "{\"type\": \"full\"}")
            #expect(try backup.json()["document"] == "backup")
            let restore = try await place.run("db", "validate", "-", input: "{\"target_nodes\": [\"n1\"]}")
            #expect(restore.output == "standard input: valid restore request for n1\n")
            let pipe = try await place.shell("cat \"$1\" | \"$0\" db validate /dev/stdin", spec)
            #expect(pipe.status == 0, "\(pipe.error)")
            let descriptor = try await place.shell("\"$0\" db validate /dev/fd/7 7< \"$1\"", spec)
            #expect(descriptor.status == 0, "\(descriptor.error)")
        }
    }

    @Test("a spec that is not there is 66")
    func missing() async throws {
        try await Place.with { place in
            let run = try await place.run("db", "validate", place.path + "/none.json")
            #expect(run.status == 66)
            let message = "error: cannot read \(place.path)/none.json: No such file or directory\nhint: see"
            #expect(run.error.hasPrefix(message))
            let directory = try await place.run("db", "validate", place.path)
            #expect(directory.status == 66)
            #expect(directory.error.contains("is a directory"))
        }
    }

    @Test("what is not used is named once, and is no error")
    func notUsed() async throws {
        try await Place.with { place in
            let spec = """
                {"database_name": "shop", "cpus": "2", "nodes": [{"name": "n1", "host_ids": ["h"]}]}
                """
            let run = try await place.run("db", "validate", "-", "--json", input: spec)
            #expect(run.status == 0, "\(run.error)")
            #expect(try run.json()["not_used"]?.arrayValue?.count == 1)
        }
    }

    /// A home that knows `example`, stopped and without a data directory.
    private func prepare(_ place: Place) throws {
        let body = try JSONTree.parse(smallSpec)
        let instance = InstanceRecord(
            pgdata: place.home.defaultDataDir("example", "n1"), port: 5433, socketDir: place.home.runDir,
            binDir: "/usr/lib/postgresql/15/bin", role: .primary)
        let node = NodeRecord(
            systemIdentifier: "765", majorVersion: 15, instances: ["host-1": instance], backups: .off)
        let record = DatabaseRecord(
            id: "example", revision: 2, acceptedAt: Instant(seconds: 1_800_000_000), spec: try #require(body["spec"]),
            state: .ready, nodes: ["n1": node])
        try Databases(home: place.home).save(record)
        try place.giveHome()
    }

    @Test("list and show tell what this host knows, and never a secret")
    func listAndShow() async throws {
        try await Place.with { place in
            try prepare(place)
            let list = try await place.run("db", "list", "--json")
            #expect(list.status == 0, "\(list.error)")
            let database = try #require(try list.json()["databases"]?[0])
            #expect(database["id"] == "example")
            #expect(database["database_name"] == "shop")
            let node = try #require(database["nodes"]?[0])
            #expect(node["name"] == "n1")
            #expect(node["host_id"] == "host-1")
            #expect(node["role"] == "primary")
            #expect(node["port"]?.intValue == 5433)
            #expect(node["pgdata"]?.stringValue == place.home.defaultDataDir("example", "n1"))
            #expect(node["state"] == "missing")
            #expect(node["backups"] == "off")

            let table = try await place.run("db", "list")
            let lines = table.output.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines[0].hasPrefix("DATABASE  NODE  HOST"))
            #expect(lines[1].hasPrefix("example   n1    host-1  primary"))

            for arguments in [["db", "show", "example", "--json"], ["db", "show", "example"]] {
                let show = try await place.start(arguments).end()
                #expect(show.status == 0)
                #expect(!show.output.contains("hunter2") && !show.output.contains("topsecretvalue"))
                #expect(!show.output.contains("AKIAEXAMPLE"))
                #expect(show.output.contains("/etc/pass"))
                #expect(show.output.contains("********"))
            }
            let shown = try await place.run("db", "show", "example", "--json").json()
            #expect(shown["revision"]?.intValue == 2)
            #expect(shown["accepted_at"] == "2027-01-15T08:00:00Z")
            #expect(shown["system_identifiers"]?["n1"] == "765")
            #expect(shown["spec"]?["backup_config"]?["repositories"]?[0]?["s3_bucket"] == "bucket")
        }
    }

    @Test("a database that is not known is 66, with those that are as the hint")
    func unknown() async throws {
        try await Place.with { place in
            try prepare(place)
            let run = try await place.run("db", "show", "exmaple", "--json")
            #expect(run.status == 66)
            #expect(try run.errorJSON()["error"]?["hint"] == .string("known in \(place.home.path): example"))
            #expect(try run.errorJSON()["error"]?["code"] == "no-such-database")
        }
    }

    @Test("a damaged record is named")
    func damaged() async throws {
        try await Place.with { place in
            try prepare(place)
            let file = place.home.databaseFile("example")
            try AtomicFile.write("{\"format_version\": 1", to: file)
            try place.giveHome()
            let run = try await place.run("db", "list")
            #expect(run.status == 1)
            #expect(run.error.contains("error: \(file) is damaged"))
        }
    }
}
