import Testing

@testable import TargetTime

@Suite struct TargetTimeTests {
    /// 2025-01-01T01:30:00Z, by `date -u -d @1735695000`.
    static let base: Int64 = 1_735_695_000
    static let now = Instant(microseconds: 1_700_000_000_123_456)

    @Test(arguments: [
        "2025-01-01T01:30:00Z", "2025-01-01t01:30:00z", "2025-01-01 01:30:00Z", "2025-01-01 01:30:00+00",
        "2025-01-01 01:30:00.000000+00", "2025-01-01T01:30:00-00:00", "2024-12-31 21:30:00-04",
        "2025-01-01T07:00:00+05:30", "2025-01-01T07:00:00+0530", "2025-01-01 02:30:00 +0100", "20250101T013000Z",
        "20250101T023000+0100", "2025-01-01 01:30:00 UTC", "2025-01-01T01:30:00utc", "2025-01-01T01:30:00.0Z",
        "2025-01-01T01:30:00,000000000Z", "2025-01-01T17:29:59+15:59:59", "2024-12-31T09:30:01-15:59:59",
        "2025-01-01T02:23:28+00:53:28", "2025-01-01T02:23:28+005328",
    ])
    func oneInstantInManyForms(_ text: String) throws {
        #expect(try TargetTime.parse(text, now: Self.now) == Instant(seconds: Self.base))
        #expect(Instant.parse(iso8601: text) == Instant(seconds: Self.base))
    }

    @Test(
        arguments: [
            (".5", 500_000), (".123456", 123_456), (",000001", 1), (".123456000", 123_456), (".12345", 123_450),
        ] as [(String, Int64)])
    func fractions(_ fraction: String, _ microseconds: Int64) throws {
        let instant = try TargetTime.parse("2025-01-01T01:30:00\(fraction)Z", now: Self.now)
        #expect(instant == Instant(microseconds: Self.base * 1_000_000 + microseconds))
    }

    @Test(
        arguments: [
            ("now", 0), ("NOW", 0), (" now\n", 0), ("10 minutes ago", 600), ("1 hour ago", 3600),
            ("2 days ago", 172_800),
            ("90 seconds ago", 90), ("3 weeks ago", 1_814_400), ("1 day 2 hours ago", 93_600), ("5min ago", 300),
            ("1h 30min ago", 5400), ("90s ago", 90), ("0 seconds ago", 0), (" 10  Minutes  AGO ", 600),
        ] as [(String, Int64)])
    func relative(_ text: String, _ seconds: Int64) throws {
        let instant = try TargetTime.parse(text, now: Self.now)
        #expect(instant == Instant(microseconds: Self.now.microseconds - seconds * 1_000_000))
        #expect(Instant.parse(iso8601: text) == nil)
    }

    /// What is refused, why, and the words of the hint that mend it.
    @Test(
        arguments: [
            ("", .empty, "2025-01-01T01:30:00Z"),
            ("  ", .empty, "2025-01-01T01:30:00Z"),
            ("2025-02-30T00:00:00Z", .noSuchDay, "2025-02-28"),
            ("2100-02-29T00:00:00Z", .noSuchDay, "2100-02-28"),
            ("2025-04-31T00:00:00Z", .noSuchDay, "2025-04-30"),
            ("2025-01-00T00:00:00Z", .noSuchDay, "2025-01-31"),
            ("2025-12-31T24:00:00Z", .hour24, "2026-01-01T00:00:00"),
            ("2025-12-31T24:00:01Z", .hour24, "00 to 23"),
            ("2016-12-31T23:59:60Z", .leapSecond, "59"),
            ("2025-01-01T01:30:00", .noZone, "2025-01-01T01:30:00Z"),
            ("2025-01-01 01:30:00.25", .noZone, "2025-01-01T01:30:00"),
            ("20250101T013000", .noZone, "2025-01-01T01:30:00+02:00"),
            ("2025-01-01T01:30:00 Europe/Berlin", .zoneName, "+02:00"),
            ("2025-01-01T01:30:00 CET", .zoneName, "+02:00"),
            ("2025-01-01T01:30:00+01:00[Europe/Berlin]", .zoneName, "+02:00"),
            ("2025-01-01", .dateOnly, "2025-01-01T00:00:00Z"),
            ("20250101", .dateOnly, "2025-01-01T00:00:00Z"),
            ("2025-01-01T", .dateOnly, "2025-01-01T00:00:00Z"),
            ("2025-01-01Z", .dateOnly, "2025-01-01T00:00:00Z"),
            ("2025-01-01T01:30Z", .noSeconds, "01:30:00"),
            ("2025-01-01 01:30", .noSeconds, "01:30:00"),
            ("2025-01-01T0130Z", .noSeconds, "01:30:00"),
            ("2025-01-01T01Z", .noSeconds, "01:00:00"),
            ("2025-13-01T00:00:00Z", .range, "2025-01-13"),
            ("2025-00-01T00:00:00Z", .range, "01 to 12"),
            ("2025-01-01T25:00:00Z", .range, "0 to 23"),
            ("2025-01-01T01:60:00Z", .range, "0 to 59"),
            ("2025-01-01T01:30:61Z", .range, "0 to 59"),
            ("0000-01-01T00:00:00Z", .year, "four digits"),
            ("12025-01-01T00:00:00Z", .year, "four digits"),
            ("0001-01-01T00:00:00+01:00", .year, "2025"),
            ("9999-12-31T23:59:59-01:00", .year, "2025"),
            ("2025-01-01 00:00:00+00 BC", .year, "0001 to 9999"),
            ("2025-01-01T01:30:00.1234567Z", .precision, ".123456"),
            ("2025-01-01T01:30:00.1234560000Z", .precision, ".123456"),
            ("2025-01-01T01:30:00.Z", .malformed, "fraction"),
            ("2025-01-01T01:30:00+16:00", .offset, "15:59:59"),
            ("2025-01-01T01:30:00+01:60", .offset, "15:59:59"),
            ("2025-01-01T01:30:00+1", .offset, "+02"),
            ("2025-01-01T01:30:00+01:3", .offset, "+02"),
            ("2025-01-01T01:30:00+01:", .offset, "+02"),
            ("2025-01-01T01:30:00+", .offset, "+02"),
            ("2025-01-01T01:30:00+010", .offset, "+02"),
            ("2025-01-01T01:30:00+01:00:00:00", .offset, "+02"),
            ("2025-1-1T01:30:00Z", .malformed, "2025-01-31, not"),
            ("01.02.2025 01:30:00", .malformed, "year-month-day"),
            ("1/2/2025", .malformed, "year-month-day"),
            ("2025/01/02 01:30:00Z", .malformed, "year-month-day"),
            ("2025-W01-3T01:30:00Z", .malformed, "year-month-day"),
            ("2025-001T01:30:00Z", .malformed, "year-month-day"),
            ("2025001T013000Z", .malformed, "year-month-day"),
            ("2025-01-01T1:30:00Z", .malformed, "01:30:00"),
            ("2025-01-01T01:3:00Z", .malformed, "01:30:00"),
            ("2025-01-01T01:30:0Z", .malformed, "01:30:00"),
            ("2025-01-01T01:30:00Zjunk", .zoneName, "+02:00"),
            ("2025-01-01_01:30:00Z", .malformed, "2025-01-01T01:30:00Z"),
            ("２０２５-01-01T01:30:00Z", .malformed, "2025-01-01T01:30:00Z"),
            ("1735695000", .epoch, "2025-01-01T01:30:00Z"),
            ("@1735695000", .epoch, "2025-01-01T01:30:00Z"),
            ("yesterday", .zoneName, "24 hours ago"),
            ("in 10 minutes", .future, "10 minutes ago"),
            ("10 minutes", .malformed, "ago"),
            ("10 fortnights ago", .malformed, "weeks"),
            ("1.5 hours ago", .malformed, "90 minutes ago"),
            ("-1 hours ago", .malformed, "90 minutes ago"),
            ("1 month ago", .vagueUnit, "days"),
            ("2 years ago", .vagueUnit, "days"),
            ("ago", .malformed, "10 minutes ago"),
            ("minutes ago", .malformed, "a number and a unit"),
            ("999999999999 weeks ago", .year, "shorter"),
            ("3000 weeks 9999999999 days ago", .year, "shorter"),
            ("9999999999999999999999 days ago", .malformed, "whole number"),
            ("infinity", .malformed, "default"),
            ("garbage", .malformed, "10 minutes ago"),
        ] as [(String, TargetTimeError.Reason, String)])
    func refused(_ text: String, _ reason: TargetTimeError.Reason, _ mend: String) throws {
        let error = try #require(throws: TargetTimeError.self) { try TargetTime.parse(text, now: Self.now) }
        #expect(error.reason == reason)
        #expect(try #require(error.hint).contains(mend), "\(error.hint ?? "")")
        #expect(error.kind == .invalidInput)
        #expect(error.code == "target-time-\(reason.rawValue)")
    }
}
