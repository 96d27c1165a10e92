import Foundation
import PositionedJSON
import Testing

/// The systemd that runs this machine.
enum RealSystemd {
    static let canBeUsed =
        Account.testsRunAsRoot && FileManager.default.fileExists(atPath: "/run/systemd/system")
}

/// Real timers, where a systemd runs and the tests run as root.
///
/// The units are named after the sandbox's home, so that no other of that machine is touched, and go with the test.
@Suite(.enabled(if: RealSystemd.canBeUsed, "no systemd runs here, or the tests do not run as root"))
struct RealTimerTests {
    @Test func aTimerStartsABackupAtItsMinuteInUTC() async throws {
        try await withSandbox { box in
            try await box.create(
                box.spec(schedules: [Sandbox.schedule("soon", "full", QuietMinutes.thisHour())]))
            box.atEnd { _ = try? await box.pgstanza("schedule", "uninstall") }
            let done = try await box.pgstanza("schedule", "install", "--systemd", "--json").expect(exit: 0).json()
            #expect(done["remarks"] == .array([]), "\(done.text(pretty: true))")
            try await box.expectRun(of: "soon", startedBy: "a timer")
            try await box.pgstanza("schedule", "uninstall").expect(exit: 0)
            let left = done["files"]?.arrayValue?.compactMap { $0["path"]?.stringValue }.filter(box.exists) ?? []
            #expect(left.isEmpty)
        }
    }
}
