import TargetTime
import Testing

@testable import Operations
@testable import PgBackRest

/// Tablespaces and links: what goes where, and whose places are never written over.
@Suite struct PlaceTests {
    /// n1 is restored from n3's backup, which has tablespace ts1 and pg_wal behind a link; n3 lives on the same host.
    private func fromN3() -> ObservationFixture {
        var fixture = ObservationFixture()
        fixture.order.nodes[0].sourceNode = "n3"
        fixture.book.reference.node = "n3"
        fixture.book.chosenSetDetail = ObservationFixture.full(
            "20261120-120000F", "11:59", "12:00",
            tablespaces: [.init(name: "ts1", oid: 16389, destination: "/n3/ts1")],
            links: [.init(name: "pg_wal", destination: "/n3/wal")])
        fixture.neighbours = [
            neighbour("/n3/ts1", "tablespace with oid 16389"), neighbour("/n3/wal", "pg_wal"),
            neighbour("/data/n3", "data directory"),
        ]
        for path in ["/n3/ts1", "/n3/wal"] {
            fixture.node.places[path] = PlaceObservation(
                resolved: path, exists: true, isEmpty: false, isWritable: true)
        }
        for path in ["/n1/ts1", "/n1/wal", "/n1/all/ts1"] {
            fixture.node.places[path] = PlaceObservation(
                resolved: path, exists: false, isEmpty: true, isWritable: true)
        }
        return fixture
    }

    private func neighbour(_ path: String, _ what: String) -> NeighbourDirectory {
        NeighbourDirectory(path: path, databaseID: "shop", node: "n3", what: what, isRunning: true)
    }

    @Test func withoutAMapNothingOfTheOtherNodeIsWrittenOver() throws {
        let fixture = fromN3()
        let tablespace = try #require(fixture.results(.tablespaces).first)
        #expect(tablespace.result == .refused)
        #expect(tablespace.detail.contains("written over /n3/ts1, the tablespace with oid 16389 of node n3"))
        #expect(tablespace.detail.contains("which is running"))
        #expect(tablespace.hint?.contains("--option tablespace-map=ts1=/DIR") ?? false)
        let link = try #require(fixture.results(.links).first)
        #expect(link.result == .refused)
        #expect(link.hint?.contains("--option link-map=pg_wal=/DIR") ?? false)
    }

    @Test func withAMapEverythingGoesWhereItSays() throws {
        var fixture = fromN3()
        fixture.order.options = ["tablespace-map": "ts1=/n1/ts1", "link-map": "pg_wal=/n1/wal"]
        let source = try #require(fixture.judge().sources.first)
        #expect(fixture.judge().refusals == [])
        #expect(source.tablespaces == ["ts1": "/n1/ts1"])
        #expect(source.links == ["pg_wal": "/n1/wal"])
        fixture.order.options = ["tablespace-map-all": "/n1/all", "link-all": "n"]
        #expect(fixture.judge().refusals == [])
        #expect(fixture.judge().sources.first?.tablespaces == ["ts1": "/n1/all/ts1"])
        #expect(fixture.judge().sources.first?.links == [:])
        fixture.order.options["tablespace-map"] = "16389=/n1/ts1"
        #expect(fixture.judge().sources.first?.tablespaces == ["ts1": "/n1/ts1"])
    }

    @Test(arguments: [
        ("/n3/ts1", "the tablespace with oid 16389 of node n3"), ("/n3", "the tablespace with oid 16389 of node n3"),
        ("/data/n3/sub", "the data directory of node n3"), ("/data/n1/ts1", "overlaps the data directory"),
        ("/data", "overlaps the data directory"), ("relative", "no absolute path"), ("/full", "holds files"),
        ("/locked", "cannot be written"), ("/link", "the tablespace with oid 16389 of node n3"),
    ]) func aMapMayNotLeadJustAnywhere(destination: String, says: String) throws {
        var fixture = fromN3()
        fixture.order.options = ["tablespace-map": "ts1=\(destination)", "link-all": "n"]
        fixture.node.places["/full"] = PlaceObservation(
            resolved: "/full", exists: true, isEmpty: false, isWritable: true)
        fixture.node.places["/locked"] = PlaceObservation(
            resolved: "/locked", exists: false, isEmpty: true, isWritable: false)
        fixture.node.places["/link"] = PlaceObservation(
            resolved: "/n3/ts1", exists: true, isEmpty: false, isWritable: true)
        let refusal = try #require(fixture.results(.tablespaces).first)
        #expect(refusal.result == .refused)
        #expect(refusal.detail.contains(says), "\(refusal.detail)")
    }

    @Test func whatTheNodeHasItselfIsKept() throws {
        var fixture = fromN3()
        fixture.node.dataDirectory.tablespaces = ["ts1": "/n1/ts1", "16500": "/n1/ts1"]
        fixture.node.dataDirectory.links = ["pg_wal": "/n1/wal"]
        for path in ["/n1/ts1", "/n1/wal"] {
            fixture.node.places[path] = PlaceObservation(resolved: path, exists: true, isEmpty: false, isWritable: true)
        }
        #expect(fixture.judge().refusals == [])
        let source = try #require(fixture.judge().sources.first)
        #expect(source.tablespaces == ["ts1": "/n1/ts1"])
        #expect(source.links == ["pg_wal": "/n1/wal"])
    }

    @Test func anObjectIDMeansTheSameOnlyWithinOneCluster() {
        var fixture = fromN3()
        fixture.node.dataDirectory.tablespaces = ["16389": "/n1/ts1"]
        #expect(fixture.verdict(.tablespaces) == .refused)
        fixture.book.reference.node = "n1"
        fixture.order.nodes[0].sourceNode = "n1"
        #expect(fixture.verdict(.tablespaces) == .passed)
    }

    @Test func theOwnBackupBringsLinksBackWhenTheDirectoryIsGone() {
        var fixture = fromN3()
        fixture.book.reference.node = "n1"
        fixture.order.nodes[0].sourceNode = "n1"
        fixture.neighbours = []
        #expect(fixture.verdict(.links) == .refused)
        fixture.node.dataDirectory.state = .missing
        #expect(fixture.verdict(.links) == .passed)
        #expect(fixture.verdict(.tablespaces) == .passed)
        #expect(fixture.judge().sources.first?.links == ["pg_wal": "/n3/wal"])
    }

    @Test func twoTablespacesMayNotShareADirectory() {
        var fixture = fromN3()
        fixture.book.chosenSetDetail = ObservationFixture.full(
            "20261120-120000F", "11:59", "12:00",
            tablespaces: [
                .init(name: "ts1", oid: 16389, destination: "/n3/ts1"),
                .init(name: "ts2", oid: 16390, destination: "/n3/ts2"),
            ])
        fixture.order.options = ["tablespace-map": "ts1=/n1/ts1,ts2=/n1/ts1,ts3=/n1/ts3"]
        let found = fixture.results(.tablespaces)
        #expect(found.map(\.result) == [.refused, .warning])
        #expect(found.first?.detail.contains("two tablespaces would go to /n1/ts1") ?? false)
        #expect(found.last?.detail.contains("ts3, and the backup has no such tablespace") ?? false)
    }

    @Test(arguments: [
        ("a=/x", ["a": "/x"]), ("a=/x,b=/y", ["a": "/x", "b": "/y"]), ("", [:]), ("a", [:]), ("a=/x=y", ["a": "/x=y"]),
    ]) func pairsAreSeparatedByCommas(text: String, pairs: [String: String]) {
        #expect(PlaceMap.pairs(text) == pairs)
    }
}
