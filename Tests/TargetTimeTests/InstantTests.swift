import FoundationEssentials
import Testing

@testable import TargetTime

@Suite struct InstantTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z", "1970-01-01 00:00:00.000000+00"),
            (-1, "1969-12-31T23:59:59.999999Z", "1969-12-31 23:59:59.999999+00"),
            (1_735_695_000_000_000, "2025-01-01T01:30:00Z", "2025-01-01 01:30:00.000000+00"),
            (1_735_695_000_500_000, "2025-01-01T01:30:00.5Z", "2025-01-01 01:30:00.500000+00"),
            (1_735_695_000_000_010, "2025-01-01T01:30:00.00001Z", "2025-01-01 01:30:00.000010+00"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z", "2000-02-29 00:00:00.000000+00"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00Z", "2100-03-01 00:00:00.000000+00"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00Z", "0001-01-01 00:00:00.000000+00"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z", "9999-12-31 23:59:59.999999+00"),
        ] as [(Int64, String, String)])
    func text(_ microseconds: Int64, _ iso8601: String, _ postgres: String) throws {
        let instant = Instant(microseconds: microseconds)
        #expect(instant.iso8601 == iso8601)
        #expect(instant.postgres == postgres)
        #expect(Instant.parse(iso8601: iso8601) == instant)
        #expect(Instant.parse(iso8601: postgres) == instant)
        #expect(instant.description == iso8601)
    }

    @Test func firstAndLast() {
        #expect(Instant.first.iso8601 == "0001-01-01T00:00:00Z")
        #expect(Instant.last.iso8601 == "9999-12-31T23:59:59.999999Z")
        #expect(Instant.parse(iso8601: "now") == nil)
        #expect(Instant.parse(iso8601: "2025-02-29T00:00:00Z") == nil)
    }

    @Test func arithmetic() {
        let instant = Instant(seconds: 100)
        #expect(instant.adding(seconds: 0.25) == Instant(microseconds: 100_250_000))
        #expect(instant.adding(seconds: -100.000_001) == Instant(microseconds: -1))
        #expect(instant.adding(seconds: .infinity) == Instant(microseconds: .max))
        #expect(instant.adding(seconds: -.infinity) == Instant(microseconds: .min))
        #expect(instant.adding(seconds: 1e300) == Instant(microseconds: .max))
        #expect(Instant(microseconds: .max).adding(seconds: 1) == Instant(microseconds: .max))
        #expect(instant.adding(seconds: .nan) == instant)
        #expect(instant.seconds(since: Instant(microseconds: 99_500_000)) == 0.5)
        #expect(Instant(seconds: 0).seconds(since: instant) == -100)
        #expect(Instant(microseconds: .max).seconds(since: Instant(microseconds: .min)) > 1.8e13)
        #expect(Instant(seconds: .max) == Instant(microseconds: .max))
        #expect(Instant(seconds: .min) == Instant(microseconds: .min))
        #expect(Instant(seconds: 1) < Instant(seconds: 2))
    }

    @Test func nowIsNow() {
        let before = Date().timeIntervalSince1970
        let now = Double(Instant.now().microseconds) / 1_000_000
        let after = Date().timeIntervalSince1970
        #expect(before - 0.001 <= now && now <= after + 0.001)
    }

    @Test func throughCodable() throws {
        let instants = [Instant(seconds: 0), Instant(microseconds: -1), .first, .last]
        let data = try JSONEncoder().encode(instants)
        #expect(
            String(decoding: data, as: UTF8.self)
                == #"["1970-01-01T00:00:00Z","1969-12-31T23:59:59.999999Z","0001-01-01T00:00:00Z","#
                + #""9999-12-31T23:59:59.999999Z"]"#)
        #expect(try JSONDecoder().decode([Instant].self, from: data) == instants)
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(Instant(microseconds: .max)) }
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Instant].self, from: Data(#"["2025-01-01T01:30:00"]"#.utf8))
        }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Instant].self, from: Data("[0]".utf8)) }
    }
}

@Suite struct CivilTimeTests {
    /// Every day from 0001-01-01 on for a while, and around centuries, counted by a calendar of the test's own.
    @Test(arguments: [(1, -719_162), (1896, -27_028), (1968, -731), (2096, 46_021), (9992, 2_929_975)])
    func everyDay(_ first: Int, _ daysSinceEpoch: Int) throws {
        var (year, month, day, days) = (first, 1, 1, daysSinceEpoch)
        for _ in 0..<(8 * 365 + 1) {
            let found = CivilCalendar.date(daysSinceEpoch: days)
            guard found == (year, month, day),
                CivilCalendar.daysSinceEpoch(year: year, month: month, day: day) == days
            else {
                Issue.record("\(days) days since 1970: expected \(year)-\(month)-\(day), got \(found)")
                return
            }
            days += 1
            day += 1
            let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            if day > [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] {
                (day, month) = (1, month + 1)
            }
            if month == 13 { (month, year) = (1, year + 1) }
        }
    }

    @Test func weekdays() {
        // Out of a printed calendar: 1970-01-01 Thursday, 2000-02-29 Tuesday, 1969-12-31 Wednesday.
        #expect(CivilCalendar.weekday(daysSinceEpoch: 0) == 4)
        #expect(CivilCalendar.weekday(daysSinceEpoch: -1) == 3)
        #expect(CivilCalendar.weekday(daysSinceEpoch: -7) == 4)
        #expect(
            CivilCalendar.weekday(daysSinceEpoch: CivilCalendar.daysSinceEpoch(year: 2000, month: 2, day: 29)) == 2)
    }

    @Test func roundTrips() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<1500 {
            let instant = Instant(
                microseconds: .random(
                    in: Instant.first.microseconds...Instant.last.microseconds, using: &generator))
            #expect(try CivilTime(instant).instant() == instant)
            #expect(Instant.parse(iso8601: instant.iso8601) == instant)
            #expect(Instant.parse(iso8601: instant.postgres) == instant)
        }
    }

    @Test(arguments: [Int64.min, .min + 1, -1, .max])
    func extremesDoNotTrap(_ microseconds: Int64) {
        let civil = CivilTime(Instant(microseconds: microseconds))
        #expect((1...12).contains(civil.month) && (1...31).contains(civil.day) && (0...23).contains(civil.hour))
        #expect(Instant(microseconds: microseconds).iso8601.hasSuffix("Z"))
        if microseconds != -1 { #expect(throws: TargetTimeError.self) { try civil.instant() } }
    }

    @Test(
        arguments: [
            (CivilTime(year: 2025, month: 2, day: 29), .noSuchDay), (CivilTime(year: 0, month: 1, day: 1), .year),
            (CivilTime(year: 10_000, month: 1, day: 1), .year), (CivilTime(year: 2025, month: 0, day: 1), .range),
            (CivilTime(year: 2025, month: 1, day: -1), .noSuchDay),
            (CivilTime(year: 2025, month: 1, day: 1, hour: 24), .hour24),
            (CivilTime(year: 2025, month: 1, day: 1, hour: -1), .range),
            (CivilTime(year: 2025, month: 1, day: 1, minute: 60), .range),
            (CivilTime(year: 2025, month: 1, day: 1, second: 60), .leapSecond),
            (CivilTime(year: 2025, month: 1, day: 1, microsecond: 1_000_000), .range),
            (CivilTime(year: .min, month: 1, day: 1), .year), (CivilTime(year: 1, month: .min, day: .max), .range),
            (CivilTime(year: 1, month: 1, day: .min), .noSuchDay),
        ] as [(CivilTime, TargetTimeError.Reason)])
    func fieldsOutOfRange(_ civil: CivilTime, _ reason: TargetTimeError.Reason) throws {
        let error = try #require(throws: TargetTimeError.self) { try civil.instant() }
        #expect(error.reason == reason)
    }

    /// No text traps; whatever is accepted says itself again.
    @Test func fuzz() throws {
        let seeds = [
            "2025-01-01T01:30:00Z", "2025-01-01 01:30:00.123456+05:30", "20250101T013000-0400", "1 day 2 hours ago",
            "now", "@1735695000", "2025-01-01T01:30:00+01:00[Europe/Berlin]", "9999-12-31T23:59:59.999999999-15:59:59",
        ]
        let alphabet = Array("0123456789-+:.,TtZz aghnowBC/[]W@é\n")
        let now = Instant(seconds: 1_700_000_000)
        var generator = SeededGenerator(seed: 9)
        var accepted = 0
        for round in 0..<4000 {
            var characters = Array(seeds[round % seeds.count])
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !characters.isEmpty {
                let index = characters.indices.randomElement(using: &generator)!
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: characters[index] = alphabet.randomElement(using: &generator)!
                case 1: characters.insert(alphabet.randomElement(using: &generator)!, at: index)
                default: characters.remove(at: index)
                }
            }
            guard let instant = try? TargetTime.parse(String(characters), now: now) else { continue }
            accepted += 1
            #expect(Instant.parse(iso8601: instant.iso8601) == instant)
        }
        #expect(accepted > 50)
    }
}
