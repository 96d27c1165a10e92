import Failures
import TargetTime
import Testing

@testable import Operations

@Suite struct RestoreOptionSplitTests {
    private let now = Instant.parse(iso8601: "2026-03-01T12:00:00Z")!

    @Test func nothingSaidIsTheEndOfTheArchive() throws {
        let split = try RestoreOptionSplit([:], now: now)
        #expect(split.target == .latest)
        #expect(split.set == nil)
        #expect(split.remaining.isEmpty)
    }

    @Test(arguments: [
        ("2026-03-01T01:30:00Z", "2026-03-01 01:30:00.000000+00"),
        ("2026-03-01 01:30:00-04", "2026-03-01 05:30:00.000000+00"),
        ("2026-03-01T07:00:00.25+05:30", "2026-03-01 01:30:00.250000+00"),
        ("now", "2026-03-01 12:00:00.000000+00"),
        ("10 minutes ago", "2026-03-01 11:50:00.000000+00"),
    ])
    func aTargetWithoutATypeIsATime(text: String, argument: String) throws {
        let split = try RestoreOptionSplit(["target": text], now: now)
        #expect(split.target.typeName == "time")
        #expect(split.target.argument == argument)
    }

    @Test(arguments: ["lsn": "0/5000148", "xid": "4711", "name": "before_upgrade"])
    func otherTypesTakeTheirTargetAsItIs(type: String, target: String) throws {
        let split = try RestoreOptionSplit(["type": type, "target": target], now: now)
        #expect(split.target.typeName == type)
        #expect(split.target.argument == target)
    }

    @Test(arguments: [
        (["type": "immediate", "target": "x"], "takes no target"),
        (["type": "default", "target": "now"], "takes no target"),
        (["type": "lsn"], "needs a target"),
        (["type": "time", "target": ""], "needs a target"),
        (["type": "standby"], "unknown restore type"),
        (["target-action": "pause"], "always promoted"),
        (["repo": "2"], "numbers repositories"),
        (["target-exclusive": "y"], "target-exclusive has no meaning"),
        (["type": "name", "target": "a", "target-exclusive": "y"], "target-exclusive has no meaning"),
    ])
    func meaninglessCombinationsAreRefused(options: [String: String], message: String) {
        #expect {
            _ = try RestoreOptionSplit(options, now: now)
        } throws: { error in
            guard let failure = error as? any Failure else { return false }
            return failure.kind == .invalidInput && failure.message.contains(message) && failure.hint != nil
        }
    }

    @Test func whatIsNotPgstanzasOwnIsHandedOn() throws {
        let split = try RestoreOptionSplit(
            ["set": "20260301-010203F", "target-timeline": "2", "process-max": "4", "target-action": "promote"],
            now: now)
        #expect(split.set == "20260301-010203F")
        #expect(split.targetTimeline == "2")
        #expect(split.remaining == ["process-max": "4"])
    }

    @Test func theSetCalledLatestIsNoSet() throws {
        #expect(try RestoreOptionSplit(["set": "latest"], now: now).set == nil)
    }
}
