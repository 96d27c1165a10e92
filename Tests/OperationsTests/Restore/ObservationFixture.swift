import Postgres
import Spec
import TargetTime

@testable import Operations
@testable import PgBackRest

/// Times of day on one day in UTC, for short tables: `t("12:30")`, `t("12:30:01.5")`.
func t(_ text: String) -> Instant {
    let full = text.split(separator: ":").count == 2 ? text + ":00" : text
    return Instant.parse(iso8601: "2026-11-20T\(full)Z")!
}

/// A healthy node n1 with one book: backups at 10:00 and 12:00, WAL of timeline 1 up to a last commit at 14:00.
///
/// One segment is written per quarter of an hour: 10:00 is segment 40, 12:00 is 48, 14:00 is 56.
struct ObservationFixture {
    var order: RestoreOrder
    var node: NodeObservation
    var neighbours: [NeighbourDirectory] = []
    var now = t("15:00")

    static let segment = WALSegmentName.defaultSegmentSize
    static let ownIdentifier = "7000000000000000001"

    init(_ target: RestoreTarget = .latest) {
        let book = BookReference(
            origin: .accepted(index: 0), databaseID: "shop", node: "n1", repositoryName: "local")
        order = RestoreOrder(
            databaseID: "shop", target: target, set: nil, targetTimeline: nil, isExclusive: false, options: [:],
            nodes: [NodeOrder(node: "n1", sourceNode: "n1", sourceDatabaseID: "shop", books: [book])],
            consents: [], reenablesBackups: false)
        node = NodeObservation(
            node: "n1",
            dataDirectory: DataDirectoryObservation(
                path: "/data/n1", state: .cluster(systemIdentifier: Self.ownIdentifier, majorVersion: 15, timeline: 1),
                bytesUsed: 40 << 20, bytesFree: 1 << 30))
        node.recordedSystemIdentifier = Self.ownIdentifier
        node.recordedMajorVersion = 15
        node.programsMajorVersion = 15
        node.ownSettings = Self.settings
        var observed = BookObservation(reference: book, identity: "posix:/repo:db")
        observed.backups = [
            Self.full("20261120-100000F", "09:59", "10:00"), Self.full("20261120-120000F", "11:59", "12:00"),
        ]
        observed.systemIdentifiers = [1: Self.ownIdentifier]
        observed.majorVersions = [1: 15]
        observed.horizons = [
            ArchiveHorizon(
                archiveID: "15-1", timeline: 1,
                runs: [Self.run("09:45", "14:00", firstCommit: t("09:50"), lastCommit: t("14:00"))])
        ]
        observed.chosenSettings = Self.settings
        observed.retention = .days(7)
        node.books = [observed]
    }

    static let settings = [
        "max_connections": 100, "max_worker_processes": 8, "max_wal_senders": 10, "max_prepared_transactions": 0,
        "max_locks_per_transaction": 64,
    ]

    /// Number of the segment that is written at a time of day.
    static func number(_ time: String) -> UInt64 {
        let parts = time.split(separator: ":").compactMap { UInt64($0) }
        return parts[0] * 4 + parts[1] / 15
    }

    static func lsn(_ time: String) -> LSN { LSN(bytes: number(time) * segment + 0x1000) }

    static func run(
        _ first: String, _ last: String, firstCommit: Instant? = nil, lastCommit: Instant? = nil
    ) -> ArchiveRun {
        ArchiveRun(
            first: number(first), last: number(last), firstCommit: firstCommit, lastCommit: lastCommit,
            lastRecord: lsn(last))
    }

    static func full(
        _ label: String, _ started: String, _ stopped: String, timeline: UInt32 = 1, databaseID: Int = 1,
        tablespaces: [BackupSetDetails.Tablespace]? = nil, links: [BackupSetDetails.Link]? = nil,
        hasErrors: Bool = false, size: Int64 = 50 << 20
    ) -> BackupSet {
        func name(_ time: String) -> String { WALSegmentName(timeline: timeline, number: number(time)).text }
        let hasDetails = tablespaces != nil || links != nil
        return BackupSet(
            label: label, type: .full, prior: nil, references: [], repoKey: 1, databaseID: databaseID,
            started: t(started), stopped: t(stopped), walStart: name(started), walStop: name(stopped),
            lsnStart: WALPosition(bytes: lsn(started).bytes), lsnStop: WALPosition(bytes: lsn(stopped).bytes),
            size: size,
            delta: size, repositorySize: 10 << 20, repositoryDelta: 10 << 20, annotations: [:], hasErrors: hasErrors,
            details: hasDetails
                ? BackupSetDetails(
                    tablespaces: tablespaces ?? [], links: links ?? [], databases: [], filesWithChecksumErrors: [])
                : nil)
    }

    /// The first book.
    var book: BookObservation {
        get { node.books[0] }
        set { node.books[0] = newValue }
    }

    /// The server of n1 runs and writes the first book.
    mutating func run(timeline: UInt32 = 1) {
        node.server = ServerObservation(
            postmasterPID: 4711, systemIdentifier: Self.ownIdentifier, timeline: timeline, majorVersion: 15,
            settings: Self.settings, currentLSN: Self.lsn("14:50").description)
        book.writer = BookWriter(node: "n1", timeline: timeline, currentLSN: Self.lsn("14:50"))
    }

    /// n1 was restored to 13:00 at 13:40 in the old place: timeline 2 left timeline 1 there, and has commits from
    /// 13:45 to 14:30; timeline 1 has some up to 13:35.
    mutating func addTimeline2() {
        book.horizons = [
            ArchiveHorizon(
                archiveID: "15-1", timeline: 1,
                runs: [Self.run("09:45", "13:30", firstCommit: t("09:50"), lastCommit: t("13:35"))]),
            ArchiveHorizon(
                archiveID: "15-1", timeline: 2,
                fork: TimelineFork(
                    parent: 1, lsn: Self.lsn("13:00"), lastCommitBefore: t("12:58"), nextCommitOnParent: t("13:02")),
                runs: [Self.run("13:00", "14:30", firstCommit: t("13:45"), lastCommit: t("14:30"))]),
        ]
    }

    func judge() -> PreflightResult {
        Preflight.judge(
            order: order,
            observation: RestoreObservation(
                at: now, specRevision: 1, pgbackrestVersion: "2.45", nodes: [node], neighbours: neighbours),
            now: now)
    }

    /// The results of one check.
    func results(_ name: CheckName) -> [CheckResult] { judge().checks.filter { $0.name == name.rawValue } }

    /// The verdict of a check that gives one result.
    func verdict(_ name: CheckName) -> CheckResult.Verdict? {
        let found = results(name)
        return found.count == 1 ? found[0].result : nil
    }
}
