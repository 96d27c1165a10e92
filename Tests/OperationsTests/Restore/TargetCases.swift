import Postgres
import TargetTime
import Testing

@testable import Operations

/// A target with what it leads to; the tables are those of ``TargetChoiceTests``.
struct TargetCase: Sendable, CustomTestStringConvertible {
    /// What is expected of a target.
    enum Expected: Sendable {
        case set(String, timeline: UInt32, marker: String?)
        case refused(CheckName, says: String, hint: String)
    }
    var what: String
    var target: RestoreTarget
    var expected: Expected
    var change: @Sendable (inout ObservationFixture) -> Void = { _ in }
    var testDescription: String { what }

    static let first = "20261120-100000F"
    static let second = "20261120-120000F"

    static let times: [TargetCase] = [
        TargetCase(
            what: "between commits", target: .time(t("13:00")), expected: .set(second, timeline: 1, marker: nil)),
        TargetCase(
            what: "before the second", target: .time(t("11:00")), expected: .set(first, timeline: 1, marker: nil)),
        TargetCase(
            what: "in the second in which the backup stopped", target: .time(t("12:00:00.9")),
            expected: .set(first, timeline: 1, marker: nil)),
        TargetCase(
            what: "the second after", target: .time(t("12:00:01")), expected: .set(second, timeline: 1, marker: nil)),
        TargetCase(
            what: "in the future", target: .time(t("15:00:01")),
            expected: .refused(
                .target, says: "the target time 2026-11-20T15:00:01Z is in the future: it is 2026-11-20T15:00:00Z now",
                hint: "before it that can be restored to is 2026-11-20T15:00:00Z")
        ) { $0.run() },
        TargetCase(
            what: "after the last commit, source down", target: .time(t("14:30")),
            expected: .refused(
                .target, says: "the last archived commit is of 2026-11-20T14:00:00Z",
                hint: "restored to is 2026-11-20T13:59:59.999999Z; --type default restores everything")),
        TargetCase(
            what: "the last commit itself, source down", target: .time(t("14:00")),
            expected: .refused(.target, says: "after the end of the archived WAL", hint: "13:59:59.999999Z")),
        TargetCase(
            what: "just before the last commit", target: .time(t("13:59:59.999999")),
            expected: .set(second, timeline: 1, marker: nil)),
        TargetCase(
            what: "now, source running and idle", target: .time(t("15:00")),
            expected: .set(second, timeline: 1, marker: "n1")
        ) { $0.run() },
        TargetCase(
            what: "before the oldest backup", target: .time(t("09:00")),
            expected: .refused(
                .backupSet, says: "before the oldest backup, 20261120-100000F, was complete at 2026-11-20T10:00:00Z",
                hint: "after it that can be restored to is 2026-11-20T10:00:01Z")),
        TargetCase(
            what: "while the oldest backup was taken", target: .time(t("09:59:30")),
            expected: .refused(
                .backupSet,
                says:
                    "lies within backup 20261120-100000F, which ran from 2026-11-20T09:59:00Z to 2026-11-20T10:00:00Z",
                hint: "after it that can be restored to is 2026-11-20T10:00:01Z")),
        TargetCase(
            what: "while the named set was taken", target: .time(t("11:59:30")),
            expected: .refused(
                .backupSet, says: "lies within backup 20261120-120000F",
                hint: "the nearest instant after it that can be restored to is 2026-11-20T12:00:01Z")
        ) { $0.order.set = second },
        TargetCase(
            what: "before the named set", target: .time(t("11:00")),
            expected: .refused(
                .backupSet, says: "before backup 20261120-120000F was complete", hint: "pgstanza backups")
        ) { $0.order.set = second },
        TargetCase(
            what: "an older set is named", target: .time(t("13:00")), expected: .set(first, timeline: 1, marker: nil)
        ) {
            $0.order.set = first
        },
        TargetCase(
            what: "beyond a missing segment", target: .time(t("13:30")),
            expected: .refused(
                .archivedWAL,
                says: "WAL segment 000000010000000000000035 is missing from the archive",
                hint: "--type time --target 2026-11-20T13:09:59.999999Z")
        ) { $0.addGap() },
        TargetCase(
            what: "before a missing segment", target: .time(t("13:05")),
            expected: .set(second, timeline: 1, marker: nil)
        ) { $0.addGap() },
        TargetCase(
            what: "the set itself lacks a segment", target: .time(t("13:05")),
            expected: .refused(.archivedWAL, says: "WAL segment 00000001000000000000002F is missing", hint: "bring the")
        ) {
            $0.book.horizons[0].runs = [ObservationFixture.run("12:00", "14:00", lastCommit: t("14:00"))]
        },
    ]

    static let timelines: [TargetCase] = [
        TargetCase(what: "before the fork", target: .time(t("12:30")), expected: .set(second, timeline: 2, marker: nil))
        {
            $0.addTimeline2()
        },
        TargetCase(
            what: "only on the older one", target: .time(t("13:20")),
            expected: .refused(
                .timeline,
                says:
                    "exists only on timeline 1; timeline 2, the newest, left it after the commit of 2026-11-20T12:58:00Z",
                hint: "--option target-timeline=1 for the data of that time")
        ) { $0.addTimeline2() },
        TargetCase(
            what: "after the fork, with the same data on both", target: .time(t("13:01")),
            expected: .set(second, timeline: 2, marker: nil)
        ) { $0.addTimeline2() },
        TargetCase(
            what: "on the newer one", target: .time(t("14:00")), expected: .set(second, timeline: 2, marker: nil)
        ) {
            $0.addTimeline2()
        },
        TargetCase(
            what: "the older one is named", target: .time(t("13:20")), expected: .set(second, timeline: 1, marker: nil)
        ) {
            $0.addTimeline2()
            $0.order.targetTimeline = "1"
        },
        TargetCase(
            what: "the newer one is named", target: .time(t("13:20")), expected: .set(second, timeline: 2, marker: nil)
        ) {
            $0.addTimeline2()
            $0.order.targetTimeline = "2"
        },
        TargetCase(what: "latest is named", target: .time(t("13:20")), expected: .set(second, timeline: 2, marker: nil))
        {
            $0.addTimeline2()
            $0.order.targetTimeline = "latest"
        },
        TargetCase(
            what: "current is the backup's", target: .time(t("13:20")), expected: .set(second, timeline: 1, marker: nil)
        ) {
            $0.addTimeline2()
            $0.order.targetTimeline = "current"
        },
        TargetCase(
            what: "one that is not known", target: .time(t("13:20")),
            expected: .refused(.timeline, says: "knows no timeline 7", hint: "it has 1, 2")
        ) {
            $0.addTimeline2()
            $0.order.targetTimeline = "7"
        },
        TargetCase(
            what: "a set of the abandoned part is left out", target: .time(t("14:00")),
            expected: .set(second, timeline: 2, marker: nil)
        ) {
            $0.addTimeline2()
            $0.book.backups.append(ObservationFixture.full("20261120-131500F", "13:10", "13:15"))
        },
        TargetCase(
            what: "a set of the abandoned part is named", target: .time(t("14:00")),
            expected: .refused(
                .timeline, says: "was taken on timeline 1 and cannot be rolled forward along timeline 2",
                hint: "--option target-timeline=1")
        ) {
            $0.addTimeline2()
            $0.book.backups.append(ObservationFixture.full("20261120-131500F", "13:15", "13:20"))
            $0.order.set = "20261120-131500F"
        },
        TargetCase(what: "the end of the newest", target: .latest, expected: .set(second, timeline: 2, marker: nil)) {
            $0.addTimeline2()
        },
        TargetCase(
            what: "the moment of the backup", target: .immediate, expected: .set(second, timeline: 2, marker: nil)
        ) {
            $0.addTimeline2()
        },
        TargetCase(
            what: "the newer one runs and is idle", target: .time(t("14:50")),
            expected: .set(second, timeline: 2, marker: "n1")
        ) {
            $0.addTimeline2()
            $0.run(timeline: 2)
        },
    ]

    static let places: [TargetCase] = [
        TargetCase(
            what: "lsn", target: .lsn(ObservationFixture.lsn("13:00").description),
            expected: .set(second, timeline: 1, marker: nil)),
        TargetCase(
            what: "lsn before the second", target: .lsn(ObservationFixture.lsn("11:00").description),
            expected: .set(first, timeline: 1, marker: nil)),
        TargetCase(
            what: "lsn before all", target: .lsn("0/10"),
            expected: .refused(.backupSet, says: "LSN 0/10 is before the oldest backup", hint: "pgstanza backups shop")),
        TargetCase(
            what: "lsn beyond the end", target: .lsn(ObservationFixture.lsn("14:45").description),
            expected: .refused(
                .target, says: "is beyond the archived WAL, whose last record begins at", hint: "--type default")),
        TargetCase(
            what: "lsn that the server has reached", target: .lsn(ObservationFixture.lsn("14:45").description),
            expected: .set(second, timeline: 1, marker: "n1")
        ) { $0.run() },
        TargetCase(
            what: "lsn that the server has not reached", target: .lsn("FF/0"),
            expected: .refused(.target, says: "is beyond the archived WAL", hint: "--type default")
        ) { $0.run() },
        TargetCase(
            what: "lsn behind a gap", target: .lsn(ObservationFixture.lsn("13:30").description),
            expected: .refused(
                .archivedWAL, says: "000000010000000000000035 is missing", hint: "bring the segment back")
        ) { $0.addGap() },
        TargetCase(
            what: "lsn on the older timeline", target: .lsn(ObservationFixture.lsn("14:00").description),
            expected: .refused(.timeline, says: "exists only on timeline 1", hint: "target-timeline=1")
        ) {
            $0.addTimeline2()
            $0.book.horizons[0].runs[0].last = ObservationFixture.number("14:00")
            $0.book.horizons[1].runs[0].last = ObservationFixture.number("13:15")
            $0.book.horizons[1].runs[0].lastRecord = ObservationFixture.lsn("13:15")
        },
        TargetCase(what: "name", target: .name("before"), expected: .set(second, timeline: 1, marker: nil)) {
            $0.found("13:00")
        },
        TargetCase(
            what: "name before the second", target: .name("before"), expected: .set(first, timeline: 1, marker: nil)
        ) {
            $0.found("11:00")
        },
        TargetCase(
            what: "name not archived yet", target: .name("before"), expected: .set(second, timeline: 1, marker: "n1")
        ) {
            $0.run()
            $0.found("14:45", isArchived: false)
        },
        TargetCase(
            what: "name not there", target: .name("befor"),
            expected: .refused(
                .target, says: "restore point befor is not in the archived WAL (17 segments were searched",
                hint: "see that it is written right")
        ) { $0.book.search = SearchExtent(segments: 17, reachedBound: false) },
        TargetCase(
            what: "xid not found within the bound", target: .xid("731"),
            expected: .refused(
                .target,
                says: "transaction 731 is not in the archived WAL (2048 segments were searched, the newest first); "
                    + "the search ended at its bound", hint: "name a backup shortly before it with --set")
        ) { $0.book.search = SearchExtent(segments: 2048, reachedBound: true) },
        TargetCase(
            what: "xid of a subtransaction", target: .xid("732"),
            expected: .refused(.target, says: "transaction 732 is a part of transaction 731", hint: "--target 731")
        ) { $0.book.subtransactionOf = 731 },
        TargetCase(
            what: "xid before the oldest backup", target: .xid("731"),
            expected: .refused(.backupSet, says: "from before the oldest backup", hint: "pgstanza backups shop")
        ) { $0.found("09:45") },
        TargetCase(
            what: "name on the older timeline", target: .name("before"),
            expected: .refused(.timeline, says: "was found on timeline 1", hint: "--option target-timeline=1")
        ) {
            $0.addTimeline2()
            $0.found("13:15")
        },
        TargetCase(
            what: "name on the older timeline, named", target: .name("before"),
            expected: .set(second, timeline: 1, marker: nil)
        ) {
            $0.addTimeline2()
            $0.found("13:15")
            $0.order.targetTimeline = "1"
        },
        TargetCase(
            what: "latest with a gap", target: .latest,
            expected: .refused(
                .archivedWAL, says: "000000010000000000000035 is missing", hint: "--target 2026-11-20T13:09:59")
        ) { $0.addGap() },
        TargetCase(
            what: "immediate with a gap later", target: .immediate, expected: .set(second, timeline: 1, marker: nil)
        ) {
            $0.addGap()
        },
    ]
}

extension ObservationFixture {
    /// The segment of 13:15 is missing; the last commit before it is of 13:10.
    mutating func addGap() {
        book.horizons[0].runs = [
            Self.run("09:45", "13:00", firstCommit: t("09:50"), lastCommit: t("13:10")),
            Self.run("13:30", "14:00", firstCommit: t("13:31"), lastCommit: t("14:00")),
        ]
    }

    /// The name or transaction that is looked for was found.
    mutating func found(_ time: String, isArchived: Bool = true) {
        book.found = [FoundTarget(timeline: 1, lsn: Self.lsn(time), at: nil, isArchived: isArchived)]
        book.search = SearchExtent(segments: 3, reachedBound: false)
    }
}
