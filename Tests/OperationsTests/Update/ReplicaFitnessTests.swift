import PgBackRest
import Testing

@testable import Operations

@Suite struct ReplicaFitnessTests {
    private let line = PrimaryLine(
        systemIdentifier: "71",
        history: TimelineHistory(
            timeline: 3,
            entries: [.init(timeline: 1, switchPosition: WALPosition(bytes: 1000), reason: "before a time")]))

    private func judge(_ id: String, _ timeline: UInt32, _ position: UInt64, own: TimelineHistory? = nil)
        -> ReplicaFitness
    {
        .judge(
            identifier: id, timeline: timeline, position: WALPosition(bytes: position), own: own, primary: line)
    }

    @Test func aReplicaBehindTheForkFollows() {
        #expect(judge("71", 1, 1000) == .fits)
        #expect(judge("71", 3, 5000) == .fits)
    }

    @Test func oneThatWentOnDoesNot() {
        for unfit in [judge("71", 1, 1001), judge("71", 2, 10), judge("71", 4, 10), judge("72", 3, 10)] {
            guard case .unfit = unfit else {
                Issue.record("\(unfit)")
                continue
            }
        }
    }

    @Test func anotherTimelineOfTheSameNumberDoesNot() {
        let other = TimelineHistory(
            timeline: 3, entries: [.init(timeline: 1, switchPosition: WALPosition(bytes: 900), reason: "")])
        #expect(judge("71", 3, 2000, own: line.history) == .fits)
        guard case .unfit = judge("71", 3, 2000, own: other) else {
            Issue.record("it fits")
            return
        }
    }
}
