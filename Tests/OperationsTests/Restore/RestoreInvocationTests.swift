import TargetTime
import Testing

@testable import Operations

@Suite struct RestoreInvocationTests {
    private func options(_ order: RestoreOrder, quarantine: [String: String] = [:]) throws -> [String] {
        try RestoreInvocation(
            order: order, node: RestoreSamples.node("n1"), source: RestoreSamples.source(), quarantine: quarantine
        ).arguments.arguments()
    }

    @Test func theEndOfTheArchiveNeedsNoTargetAction() throws {
        #expect(
            try options(RestoreSamples.order()) == [
                "--delta", "--set=20260301-010203F", "--type=default",
                "--target-timeline=3", "--archive-mode=off",
            ])
    }

    @Test func aTimeIsGivenInTheOnlyFormThatPgBackRestTakes() throws {
        let target = RestoreTarget.time(Instant.parse(iso8601: "2026-03-01T07:00:00.25+05:30")!)
        let found = try options(RestoreSamples.order(target: target, isExclusive: true))
        #expect(found.contains("--target=2026-03-01 01:30:00.250000+00"))
        #expect(found.contains("--target-action=promote"))
        #expect(found.contains("--target-exclusive"))
        #expect(found.contains("--target-timeline=3"))
    }

    @Test func immediateTakesNoTimeline() throws {
        let found = try options(RestoreSamples.order(target: .immediate))
        #expect(found.contains("--type=immediate"))
        #expect(found.contains("--target-action=promote"))
        #expect(!found.contains { $0.hasPrefix("--target-timeline") })
        #expect(!found.contains { $0.hasPrefix("--target=") })
    }

    @Test func furtherOptionsAreHandedOn() throws {
        let found = try options(
            RestoreSamples.order(options: ["process-max": "4", "force": "n"]), quarantine: ["port": "6000"])
        #expect(found.suffix(3) == ["--recovery-option=port=6000", "--no-force", "--process-max=4"])
    }

    @Test func tablespacesAndLinksGoWhereTheChosenSourceSays() throws {
        var source = RestoreSamples.source()
        source.tablespaces = ["a": "/x", "b": "/own/b"]
        source.links = ["pg_wal": "/wal"]
        let order = RestoreSamples.order(options: [
            "tablespace-map": "a=/x", "tablespace-map-all": "/y", "link-map": "pg_wal=/wal", "link-all": "y",
        ])
        let found = try RestoreInvocation(
            order: order, node: RestoreSamples.node("n1"), source: source, quarantine: [:]
        ).arguments.arguments()
        let maps = ["--tablespace-map=a=/x", "--tablespace-map=b=/own/b", "--link-map=pg_wal=/wal"]
        #expect(found.filter { $0.contains("map") }.sorted() == maps.sorted())
        #expect(!found.contains { $0.contains("all") })
    }

    @Test func thePlansCommandIsTheOneThatIsRun() throws {
        let order = RestoreSamples.order(target: .name("before it"))
        let rendered = try RestoreInvocation(
            order: order, node: RestoreSamples.node("n1"), source: RestoreSamples.source(), quarantine: [:]
        ).rendered()
        #expect(
            rendered == "pgbackrest --config=/h/n1/pgbackrest.restore.conf --stanza=db --delta "
                + "--set=20260301-010203F --type=name '--target=before it' "
                + "--target-timeline=3 --target-action=promote --archive-mode=off restore")
    }
}
