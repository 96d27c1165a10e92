import Foundation
import PositionedJSON
import TargetTime
import Testing

/// Whatever way an instant is written, the plan names the same one.
@Suite struct TargetFormTests {
    @Test func everyFormOfATimeIsTheSameInstantInThePlan() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            try await shop.backup()
            try await Task.sleep(for: .seconds(2))
            let primary = try shop.primary()
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            try await Task.sleep(for: .seconds(2))
            try await primary.query("INSERT INTO t VALUES (3, 'third')")
            let now = try await primary.value("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint")
            let second = Int64(now)! - 1
            for (microseconds, fraction) in [(Int64(0), ""), (250_000, ".25"), (123_456, ".123456")] {
                let instant = Instant(microseconds: second * 1_000_000 + microseconds)
                var plans: Set<String> = []
                for form in Self.forms(of: second, fraction: fraction) {
                    let plan = try await plan(shop, form).expect(exit: 0).json()
                    let target = plan["target"]?.stringValue ?? ""
                    #expect(Instant.parse(iso8601: target) == instant, "\(form) became \(target)")
                    #expect(target.hasSuffix("Z"))
                    plans.insert(plan["fingerprint"]?.stringValue ?? "none")
                }
                // The same plan for all of them, not only the same words.
                #expect(plans.count == 1 && !plans.contains("none"))
            }
        }
    }

    @Test func relativeTimesAreEchoedAsAbsoluteOnes() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            try await shop.backup()
            for (form, seconds) in [("now", 0.0), ("10 minutes ago", -600)] {
                let before = Instant.now().adding(seconds: seconds)
                let result = try await plan(shop, form)
                let after = Instant.now().adding(seconds: seconds)
                // Ten minutes ago there was no backup yet: refused, and the plan is shown all the same.
                let plan = try result.expect(exit: form == "now" ? 0 : 73).json()
                let target = try #require(Instant.parse(iso8601: plan["target"]?.stringValue ?? ""))
                #expect((before...after).contains(target), "\(form) became \(target.iso8601)")
            }
        }
    }

    private func plan(_ shop: Shop, _ target: String) async throws -> ProgramResult {
        try await shop.box.pgstanza("restore", shop.id, "--target", target, "--plan", "--json")
    }

    /// Ways to write one instant, by Foundation's own calendar and not by the one under test.
    private static func forms(of second: Int64, fraction: String) -> [String] {
        func text(_ offset: Int, _ pattern: String) -> String {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(secondsFromGMT: offset)
            formatter.dateFormat = pattern
            return formatter.string(from: Date(timeIntervalSince1970: Double(second))) + fraction
        }
        let date = "yyyy-MM-dd'T'HH:mm:ss"
        let postgres = "yyyy-MM-dd HH:mm:ss"
        return [
            text(0, date) + "Z", text(-4 * 3600, date) + "-04:00", text(-4 * 3600, postgres) + "-04",
            text(19_800, date) + "+05:30", text(19_800, postgres) + "+0530", text(0, postgres) + "+00",
        ]
    }
}
