import Catalog
import Foundation
import PositionedJSON
import TargetTime
import Testing

@Suite("Schedules on the command line")
struct ScheduleCommandTests {
    private static let spec = """
        {"id": "shop", "spec": {"database_name": "shop",
          "nodes": [{"name": "n1", "host_ids": ["host-1"]}, {"name": "n2", "host_ids": ["host-2"]}],
          "backup_config": {"repositories": [{"type": "posix", "base_path": "/backups"}],
            "schedules": [{"id": "nightly", "type": "full", "cron_expression": "30 1 * * *"},
                          {"id": "quarterly", "type": "incr", "cron_expression": "*/15 * * * *"}]}}}
        """

    @Test("the next runs are in UTC whatever the zone, over every change of the clocks of a year")
    func zones() async throws {
        try await Place.with { place in
            let file = try place.file("spec.json", Self.spec)
            var documents: [JSONTree] = []
            for zone in ["UTC", "America/New_York", "Asia/Kolkata"] {
                let run = try await place.run(
                    "schedule", "next", "--spec", file, "--count", "370", "--json", environment: ["TZ": zone])
                #expect(run.status == 0)
                documents.append(try run.json())
            }
            // A quarter of an hour may have begun between two of the calls.
            func nightly(_ document: JSONTree) -> [String] {
                (document["runs"]?.arrayValue ?? []).filter { $0["schedule"]?.stringValue == "nightly" }
                    .compactMap { $0["at"]?.stringValue }
            }
            let first = nightly(documents[0])
            #expect(first.count == 740)
            #expect(first.allSatisfy { $0.hasSuffix("T01:30:00Z") })
            #expect(nightly(documents[1]) == first && nightly(documents[2]) == first)
            let times = (documents[0]["runs"]?.arrayValue ?? []).compactMap { $0["at"]?.stringValue }
            #expect(times == times.sorted() && times.count == 370 * 4)

            let text = try await place.run("schedule", "next", "--spec", file, environment: ["TZ": "Asia/Kolkata"])
            #expect(text.output.contains("07:00 IST"))
            #expect(!FileInformation.exists(place.home.path))
        }
    }

    @Test(
        "what is wrong is said, with the way out",
        arguments: [
            (["schedule", "nxt"], 64, "did you mean \"pgstanza schedule next\"?"),
            (["schedule", "next", "--count", "0"], 64, "--count needs a number from 1 to 1000"),
            (["schedule", "next", "shop", "--spec", "x.json"], 64, "a database or --spec, not both"),
            (["schedule", "install", "--systemd", "--cron"], 64, "--systemd or --cron, not both"),
            (["schedule", "run-due", "--jobs", "0"], 64, "--jobs needs a number, 1 or more"),
            (["schedule", "run-due", "Shop"], 64, "is not a database id"),
            (["schedule", "list", "shop"], 66, "there is no database \"shop\""),
            (["schedule", "next", "shop"], 66, "there is no database \"shop\""),
            (["schedule", "run-due", "shop"], 66, "there is no database \"shop\""),
        ] as [([String], Int32, String)])
    func errors(_ arguments: [String], _ status: Int32, _ message: String) async throws {
        try await Place.with { place in
            try place.home.prepare()
            try place.giveHome()
            let run = try await place.start(arguments).end()
            #expect(run.status == status, "\(run.error)")
            #expect(run.error.contains(message), "\(run.error)")
            #expect(run.output.isEmpty)
        }
    }

    @Test("a database's schedules are listed with warnings, and nothing due is silence")
    func listing() async throws {
        try await Place.with { place in
            try place.home.prepare()
            let spec = try #require(try JSONTree.parse(Self.spec)["spec"])
            var own = NodeRecord()
            own.backups = .on
            let record = DatabaseRecord(
                id: "shop", acceptedAt: Instant.now().adding(seconds: 3600), spec: spec, state: .ready,
                nodes: ["n1": own, "n2": NodeRecord()])
            try Databases(home: place.home).save(record)
            try place.giveHome()
            let list = try await place.run("schedule", "list", "--json").json()
            let rows = try #require(list["schedules"]?.arrayValue)
            #expect(rows.count == 4)
            #expect(rows.map { $0["backups"]?.stringValue } == ["on", "on", "none", "none"])
            #expect(rows[0]["next"]?.stringValue?.hasSuffix("T01:30:00Z") == true)
            #expect(rows[0]["last"] == .null && rows[0]["running"] == false)
            let warning = try #require(list["warnings"]?[0]?["message"]?.stringValue)
            #expect(warning.contains("up to 95 incremental backups rest on one full backup"), "\(warning)")
            // Only what runs comes next.
            let next = try await place.run("schedule", "next", "--json").json()
            #expect((next["runs"]?.arrayValue ?? []).allSatisfy { $0["node"]?.stringValue == "n1" })
            for _ in 0..<2 {
                let due = try await place.run("schedule", "run-due")
                #expect(due.status == 0 && due.output.isEmpty && due.error.isEmpty, "\(due.error)")
            }
            // A document that cannot be read is said, and keeps no other database from its backups.
            try FileManager.default.createDirectory(
                atPath: place.home.databaseDir("broken"), withIntermediateDirectories: true)
            try AtomicFile.write("{", to: place.home.databaseFile("broken"))
            try place.giveHome()
            let broken = try await place.run("schedule", "run-due", "-q")
            #expect(broken.status == 1)
            #expect(broken.error.contains("broken/database.json"), "\(broken.error)")
            #expect(broken.error.components(separatedBy: "error:").count == 2)
        }
    }
}
