import TargetTime
import Testing

@testable import Operations
@testable import PgBackRest

@Suite struct ExpiryTests {
    private let old = ObservationFixture.full("20261120-100000F", "09:59", "10:00")
    private let new = ObservationFixture.full("20261120-120000F", "11:59", "12:00")

    @Test(arguments: [
        (Retention.fulls(1), true), (.fulls(2), true), (.fulls(3), false),
        // The older full goes when the newer one is as old as the retention: 7 days after 12:00 of the 20th.
        (.days(7), false), (.days(1), true),
    ]) func theOldestFullIsTheNextToGo(retention: Retention, isNext: Bool) {
        #expect(Expiry.isNext(old, in: [old, new], retention: retention, now: t("15:00")) == isNext)
        #expect(!Expiry.isNext(new, in: [old, new], retention: retention, now: t("15:00")))
    }

    @Test func daysAreCountedFromTheNewerFull() {
        let almost = t("12:00").adding(seconds: 6 * 86400 - 1)
        #expect(!Expiry.isNext(old, in: [old, new], retention: .days(7), now: almost))
        #expect(Expiry.isNext(old, in: [old, new], retention: .days(7), now: almost.adding(seconds: 1)))
    }

    @Test func theOnlyFullStaysWhateverItsAge() {
        #expect(!Expiry.isNext(old, in: [old], retention: .days(1), now: t("15:00").adding(seconds: 1e7)))
        #expect(!Expiry.isNext(old, in: [old, new], retention: nil, now: t("15:00")))
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1 kB"), (1536, "1.5 kB"), (64 << 20, "64 MB"), (5 << 40, "5 TB"),
    ])
    func sizesForPeople(bytes: Int64, text: String) {
        #expect(Bytes.text(bytes) == text)
    }
}
