import Postgres
import TargetTime
import Testing

@testable import Operations
@testable import PgBackRest

/// Which backup set a target leads to, and what is said where none does.
@Suite struct TargetChoiceTests {
    @Test(arguments: TargetCase.times + TargetCase.timelines + TargetCase.places) func leadsTo(_ item: TargetCase)
        throws
    {
        var fixture = ObservationFixture(item.target)
        item.change(&fixture)
        let result = fixture.judge()
        switch item.expected {
        case .set(let label, let timeline, let marker):
            #expect(result.refusals == [])
            let source = try #require(result.sources.first)
            #expect(source.label == label)
            #expect(source.timeline == (item.target == .immediate ? nil : timeline))
            #expect(source.needsMarkerOn == marker)
        case .refused(let name, let says, let hint):
            let refusal = try #require(result.refusals.first)
            #expect(refusal.name == name.rawValue)
            #expect(refusal.detail.contains(says), "\(refusal.detail)")
            #expect((refusal.hint ?? "").contains(hint), "\(refusal.hint ?? "")")
            #expect(result.sources.isEmpty)
        }
    }

    /// Whatever is offered in place of a refused time is itself accepted.
    @Test(arguments: [false, true]) func nearestInstantsCanBeRestoredTo(hasTimeline2: Bool) {
        var fixture = ObservationFixture()
        if hasTimeline2 { fixture.addTimeline2() } else { fixture.addGap() }
        var offered = 0
        for minute in stride(from: 9 * 60, to: 15 * 60, by: 1) {
            let instant = t("00:00").adding(seconds: Double(minute) * 60 + 0.5)
            fixture.order.target = .time(instant)
            let chooser = SetChooser(order: fixture.order, now: fixture.now)
            guard case .failure = chooser.choose(from: fixture.node.books) else { continue }
            let nearest = NearestInstants(around: instant, books: fixture.node.books, chooser: chooser)
            for other in [nearest.before, nearest.after].compactMap({ $0 }) {
                offered += 1
                fixture.order.target = .time(other)
                #expect(fixture.judge().refusals == [], "\(instant.iso8601) → \(other.iso8601)")
            }
        }
        #expect(offered > 50)
    }

    @Test func anEarlierBookIsTakenWhereTheFirstOneDoesNotReach() throws {
        var fixture = ObservationFixture(.time(t("11:00")))
        var newer = fixture.book
        newer.reference.repositoryName = "local-2"
        newer.backups = [ObservationFixture.full("20261120-143000F", "14:20", "14:30", timeline: 2)]
        newer.horizons = [
            ArchiveHorizon(
                archiveID: "15-1", timeline: 2, fork: TimelineFork(parent: 1, lsn: ObservationFixture.lsn("14:00")),
                runs: [ObservationFixture.run("14:15", "14:45", lastCommit: t("14:50"))])
        ]
        fixture.node.books.insert(newer, at: 0)
        #expect(try #require(fixture.judge().sources.first).book.repositoryName == "local")
        fixture.order.target = .time(t("14:40"))
        #expect(try #require(fixture.judge().sources.first).book.repositoryName == "local-2")
        fixture.order.target = .latest
        #expect(try #require(fixture.judge().sources.first).label == "20261120-143000F")
        fixture.order.set = TargetCase.first
        #expect(try #require(fixture.judge().sources.first).book.repositoryName == "local")
        // Between the end of the old book and the beginning of the new one there is nothing.
        fixture.order.set = nil
        fixture.order.target = .time(t("14:10"))
        let refusal = try #require(fixture.judge().refusals.first)
        #expect(
            refusal.hint?.contains("2026-11-20T13:59:59.999999Z before it and 2026-11-20T14:30:01Z after it") ?? false)
        // The newest state must not silently become an older one.
        fixture.node.books[0].problem = .unreadable("timed out")
        fixture.order.target = .latest
        #expect(fixture.verdict(.repository) == .refused)
        fixture.order.target = .time(t("11:00"))
        #expect(fixture.results(.repository).map(\.result) == [.warning, .passed])
    }

    @Test func setsOfTwoClustersInOneStanzaKeepTheirArchives() throws {
        var fixture = ObservationFixture(.time(t("11:00")))
        fixture.book.backups.append(ObservationFixture.full("20261120-143000F", "14:20", "14:30", databaseID: 2))
        fixture.book.systemIdentifiers[2] = "88"
        fixture.book.majorVersions[2] = 15
        fixture.book.horizons.append(
            ArchiveHorizon(
                archiveID: "15-2", timeline: 1,
                runs: [ObservationFixture.run("14:15", "14:45", lastCommit: t("14:50"))]))
        #expect(try #require(fixture.judge().sources.first).systemIdentifier == ObservationFixture.ownIdentifier)
        fixture.order.target = .time(t("14:40"))
        #expect(try #require(fixture.judge().sources.first).systemIdentifier == "88")
    }
}
