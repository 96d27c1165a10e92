import Foundation
import Glibc
import PositionedJSON
import Testing

/// Backing out of a restore that has not touched a file yet.
@Suite struct AbortTests {
    private static let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"

    private static let cases = KillCase.matrix().filter { kase in
        // A server that dies is got over, and leaves nothing to back out of.
        guard KillCase.steps.prefix(4).contains(kase.step), kase.victim != .postmaster else { return false }
        let sample = [
            "pgstanza at remove-subscriptions.fence-written", "reboot at tear-down-replicas.stopped",
            "pgstanza at tear-down-replicas.noted", "interrupt at remove-backup-configuration.begun",
            "everything at remove-backup-configuration.performed", "reboot at stop-primary.performed",
        ]
        return isWhole || sample.contains(kase.description)
    }

    @Test func everythingIsAsBefore() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            for kase in Self.cases {
                let before = try await bench.prepare()
                do {
                    try await bench.hurt(kase, bench.restore(before))
                    try await bench.abortAndCheck(before)
                } catch {
                    throw FixtureError("abort after \(kase): \(error)")
                }
                print("fault: abort after \(kase): as before")
            }
            print("faults, aborts: \(Self.cases.count) counted")
        }
    }

    /// What an abort had done when it was killed is done again, by the abort or by a restore that goes on after all.
    @Test func anAbortThatIsKilled() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let stopped = KillCase(step: "stop-primary", moment: .point("stop-primary.performed"), victim: .pgstanza)
            let lifted = KillCase(step: "", moment: .point("abort.lifted"), victim: .pgstanza)
            let abort = ["restore", "abort", bench.shop.id]

            let first = try await bench.prepare()
            try await bench.hurt(stopped, bench.restore(first))
            try await bench.hurt(lifted, abort)
            try await bench.abortAndCheck(first)

            let second = try await bench.prepare()
            try await bench.hurt(stopped, bench.restore(second))
            try await bench.hurt(lifted, abort)
            // The fence is down again, so that somebody can write before the restore goes on.
            try await bench.primary.query("CREATE TABLE between (i int)")
            try await bench.resumeAndCheck(second)
            #expect(try await bench.primary.value("SELECT to_regclass('between') IS NULL") == "t")
            let undo = try bench.journal()["facts"]?["n1"]?["undo"]?["name"]?.stringValue
            #expect(undo != nil)
            // The way back holds what was written in between: recovery must not stop at the first point that was made.
            try await box.pgstanza(bench.undo).expect(exit: 0)
            #expect(try await bench.primary.value("SELECT to_regclass('between') IS NULL") == "f")
        }
    }

    /// A node whose server had died before: backed out of, it is down as before, and crash recovery brings all of it back.
    @Test func ofANodeThatHadCrashed() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let points = [
                "remove-subscriptions.performed", "tear-down-replicas.performed",
                "remove-backup-configuration.performed",
                "stop-primary.performed",
            ]
            for point in Self.isWhole ? points : [points[2]] {
                let before = try await bench.prepare()
                try await bench.primary.crash()
                let step = String(point.prefix { $0 != "." })
                try await bench.hurt(
                    KillCase(step: step, moment: .point(point), victim: .pgstanza), bench.restore(before))
                let aborted = try await box.pgstanza("restore", "abort", bench.shop.id, "--json").expect(exit: 0).json()
                #expect(aborted["state"]?.stringValue == "aborted")
                #expect(bench.primary.postmasterPID.flatMap { SandboxProcess($0) } == nil, "\(point)")
                #expect(bench.files() == before.files, "\(point)")
                try await box.pgstanza("db", "start", bench.shop.id).expect(exit: 0)
                try await bench.checkBackedOut(before)
                print("fault: abort of a crashed node after \(point): as before")
            }
        }
    }

    @Test func fromStepFiveOnItIsRefusedWithTheWayBack() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            try await bench.hurt(
                KillCase(step: "restore-files", moment: .point("restore-files.begun"), victim: .pgstanza),
                bench.restore(before))
            let refused = try await box.pgstanza("restore", "abort", bench.shop.id, "--json").expect(exit: 73)
            let error = try refused.jsonError()["error"]
            #expect(error?["code"]?.stringValue == "too-late-to-abort")
            #expect(error?["hint"]?.stringValue?.contains("pgstanza restore resume shop") == true)
            #expect(error?["hint"]?.stringValue?.contains("restore point pgstanza_") == true)
            try await bench.resumeAndCheck(before)
        }
    }
}
