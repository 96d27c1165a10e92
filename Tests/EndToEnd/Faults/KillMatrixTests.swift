import Foundation
import Glibc
import Testing

/// A restore that is killed goes on, or backs out, from wherever it was.
@Suite struct KillMatrixTests {
    /// Every combination that there is, by `make faults`; else a few of each kind.
    private static let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"
    private static let part = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS_LIKE"]

    private static let cases = (isWhole || part != nil ? KillCase.matrix() : KillCase.sample()).filter { kase in
        part.map { kase.description.contains($0) } ?? true
    }

    /// Each lane hurts a database of its own; the cases are dealt out.
    @Test(arguments: [0, 1])
    func resumedItEndsLikeAnUndisturbedOne(lane: Int) async throws {
        let cases = Self.cases.enumerated().filter { $0.offset % 2 == lane }.map(\.element)
        guard !cases.isEmpty else { return }
        try await withSandbox("resumedItEndsLikeAnUndisturbedOne-\(lane)") { box in
            let bench = try await FaultBench(box)
            var counts: [String: Int] = [:]
            for kase in cases {
                let started = ContinuousClock.now
                let before = try await bench.prepare()
                do {
                    let result = try await bench.hurt(kase, bench.restore(before))
                    if kase.victim == .reboot, kase.step != "recreate-subscriptions",
                        !kase.description.contains("remove-subscriptions.begun"), !kase.description.contains(".saved")
                    {
                        try await bench.requireFenced()
                    }
                    // A killed helper or server may be got over at once; then there is nothing to resume. A replica that
                    // could not be built leaves a warning, and is.
                    let warnings = (try? result.json())?["warnings"]?.arrayValue ?? []
                    if result.exitCode == 0, warnings.isEmpty {
                        try await bench.check(before)
                    } else {
                        try await bench.resumeAndCheck(before)
                    }
                } catch {
                    throw FixtureError("\(kase): \(error)")
                }
                counts["\(kase.victim.rawValue) × \(kase.step)", default: 0] += 1
                print("fault: \(kase): ended well after \(ContinuousClock.now - started)")
            }
            print(
                "faults, lane \(lane): \(cases.count) kills counted: "
                    + counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        }
    }
}
