import Postgres
import Testing

@testable import Operations

/// An undo takes every node to its own point, along the timeline on which the point was made.
@Suite struct UndoTargetTests {
    /// n1 was restored to 13:00 at 13:40; a point had been made on timeline 1 at 13:30.
    private func fixture(point: String = "13:30", timeline: UInt32 = 1) -> ObservationFixture {
        var fixture = ObservationFixture()
        fixture.addTimeline2()
        let lsn = ObservationFixture.lsn(point)
        fixture.order.nodes[0].point = NodePoint(
            target: .name("before"), timeline: timeline, lsn: LSN(bytes: lsn.bytes + 0x68).description)
        fixture.order.undoes = "r1"
        fixture.book.found = [FoundTarget(timeline: 1, lsn: lsn, at: nil)]
        return fixture
    }

    @Test func itFollowsTheTimelineOfThePointAndNotTheNewest() throws {
        let source = try #require(fixture().judge().sources.first)
        #expect(source.timeline == 1)
        #expect(source.label == "20261120-120000F")
        // Without the recorded timeline the newest is followed, on which the point does not lie.
        var plain = fixture()
        plain.order.nodes[0].point = nil
        plain.order.target = .name("before")
        #expect(plain.judge().sources.isEmpty)
    }

    @Test func theSetIsTheNewestThatHadEndedBeforeThePoint() throws {
        let source = try #require(fixture(point: "11:30").judge().sources.first)
        #expect(source.label == "20261120-100000F")
    }

    @Test func aPointThatIsGoneFromTheArchiveIsRefused() {
        var fixture = fixture()
        fixture.book.found = []
        #expect(fixture.judge().sources.isEmpty)
        #expect(fixture.judge().refusals.isEmpty == false)
    }

    @Test func onlyANodeWithAPointOfItsOwnIsNarrowed() {
        var order = RestoreSamples.order(target: .latest, nodes: ["n1", "n2"])
        order.nodes[0].point = NodePoint(target: .lsn("0/3000028"), timeline: 4, lsn: "0/3000028")
        #expect(order.narrowed(to: "n1").target == .lsn("0/3000028"))
        #expect(order.narrowed(to: "n1").targetTimeline == "4")
        #expect(order.narrowed(to: "n2") == order)
    }
}
