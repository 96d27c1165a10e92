import Foundation
import Glibc
import Testing

/// A restore that ends at one of the places where journal and world differ most, or is told to stop: it goes on from there.
@Suite struct KillPlacesTests {
    /// All, by `make faults`; else a few.
    private static let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"
    private static let cases = isWhole ? KillCase.places() : KillCase.sample()

    /// Each lane hurts a database of its own; the cases are dealt out.
    @Test(arguments: isWhole ? [0, 1] : [0])
    func itGoesOnFromThere(lane: Int) async throws {
        let cases = Self.cases.enumerated().filter { !Self.isWhole || $0.offset % 2 == lane }.map(\.element)
        guard !cases.isEmpty else { return }
        try await withSandbox("itGoesOnFromThere-\(lane)") { box in
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
