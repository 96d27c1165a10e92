import Failures
import Postgres
import Replication
import TargetTime
import Testing

@testable import Operations
@testable import PgBackRest

/// Every check in both directions: the healthy node passes, one change makes it refuse or ask.
@Suite struct PreflightTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: CheckName
        var expected: CheckResult.Verdict
        var says: String
        var kind: FailureKind = .refused
        var change: @Sendable (inout ObservationFixture) -> Void
        var testDescription: String { "\(name.rawValue): \(says)" }
    }

    static let cases: [Case] = [
        Case(name: .host, expected: .refused, says: "another host") { $0.node.isHere = false },
        Case(name: .pgbackrest, expected: .refused, says: "no such program", kind: .unavailable) {
            $0.node.pgbackrestProblem = "no such program: pgbackrest"
        },
        Case(name: .programs, expected: .refused, says: "missing", kind: .unavailable) {
            $0.node.programsMajorVersion = nil
        },
        Case(name: .busy, expected: .refused, says: "process 12", kind: .busy) {
            $0.node.busyWith = "the node n1 is in use by process 12 (pgstanza backup shop)"
        },
        Case(name: .supervisor, expected: .refused, says: "Patroni would start the server again") {
            $0.node.supervisor = "Patroni"
        },
        Case(name: .server, expected: .refused, says: "cannot be asked: no password", kind: .unavailable) {
            $0.node.serverProblem = "no password"
        },
        Case(name: .server, expected: .refused, says: "is in recovery", kind: .unavailable) {
            $0.run()
            $0.node.server?.isInRecovery = true
        },
        Case(name: .owner, expected: .refused, says: "belongs to root", kind: .notPermitted) {
            $0.node.dataDirectory.otherOwner = "root"
        },
        Case(name: .writable, expected: .refused, says: "cannot be written", kind: .notPermitted) {
            $0.node.dataDirectory.isWritable = false
        },
        Case(name: .writable, expected: .refused, says: "cannot be made", kind: .notPermitted) {
            $0.node.dataDirectory.state = .missing
            $0.node.dataDirectory.isWritable = false
        },
        Case(name: .dataDirectory, expected: .consent, says: "identifier is 99, and the node's is 7") {
            $0.node.dataDirectory.state = .cluster(systemIdentifier: "99", majorVersion: 15, timeline: 1)
        },
        Case(name: .dataDirectory, expected: .refused, says: "a server runs in it with pid 4711") {
            $0.run()
            $0.node.dataDirectory.state = .cluster(systemIdentifier: "99", majorVersion: 15, timeline: 1)
        },
        Case(name: .dataDirectory, expected: .warning, says: "an earlier incarnation") {
            $0.node.recordedSystemIdentifier = "98"
        },
        Case(name: .dataDirectory, expected: .refused, says: "data directory of node n3") {
            $0.neighbours = [
                NeighbourDirectory(
                    path: "/data/n1", databaseID: "shop", node: "n3", what: "data directory", isRunning: false)
            ]
        },
        Case(name: .dataDirectory, expected: .warning, says: "moved aside") { $0.node.dataDirectory.state = .foreign },
        Case(name: .dataDirectory, expected: .warning, says: "pg_control is damaged") {
            $0.node.dataDirectory.state = .damaged("pg_control is damaged")
        },
        Case(name: .dataDirectory, expected: .passed, says: "missing") { $0.node.dataDirectory.state = .missing },
        Case(name: .dataDirectory, expected: .passed, says: "empty") { $0.node.dataDirectory.state = .empty },
        Case(name: .configuration, expected: .refused, says: "postgresql.conf: Permission denied") {
            $0.node.configurationProblem = "/data/n1/postgresql.conf: Permission denied"
        },
        Case(name: .repository, expected: .refused, says: "holds no stanza") { $0.book.problem = .noStanza },
        Case(name: .repository, expected: .refused, says: "holds no backup") { $0.book.problem = .noBackups },
        Case(name: .repository, expected: .refused, says: "no repository to restore from") { $0.node.books = [] },
        Case(name: .repository, expected: .refused, says: "cannot be read: Permission denied") {
            $0.book.problem = .unreadable("Permission denied")
        },
        Case(name: .setExists, expected: .refused, says: "no backup 20200101-000000F", kind: .notFound) {
            $0.order.set = "20200101-000000F"
        },
        Case(name: .version, expected: .refused, says: "is of Postgres 14") {
            $0.book.majorVersions = [1: 14]
            $0.book.horizons[0].archiveID = "14-1"
        },
        Case(name: .version, expected: .refused, says: "runs Postgres 16") { $0.node.programsMajorVersion = 16 },
        Case(name: .settings, expected: .refused, says: "max_connections is 50 in the node's own configuration") {
            $0.node.ownSettings["max_connections"] = 50
        },
        Case(name: .settings, expected: .warning, says: "could not be read") { $0.book.chosenSettings = [:] },
        Case(name: .settings, expected: .refused, says: "was 200 at the source") {
            $0.book.chosenSettings = [:]
            $0.node.sourceSettings = ["max_connections": 200]
        },
        Case(name: .settings, expected: .passed, says: "not below") { $0.node.ownSettings["max_connections"] = 500 },
        Case(name: .freeSpace, expected: .refused, says: "74 MB more and 10 MB are free") {
            $0.node.dataDirectory.bytesFree = 10 << 20
        },
        Case(name: .freeSpace, expected: .refused, says: "114 MB more") {
            $0.node.dataDirectory.state = .missing
            $0.node.dataDirectory.bytesUsed = 0
            $0.node.dataDirectory.bytesFree = 100 << 20
        },
        Case(name: .replication, expected: .refused, says: "could not be found out: no answer") {
            $0.node.replicationProblem = "no answer"
        },
        Case(name: .replication, expected: .consent, says: "logical slot s (test_decoding) in database shop is lost") {
            $0.node.replication = NodeReplication(
                node: "n1",
                inventory: ReplicationInventory(
                    slots: [LogicalSlot(name: "s", database: "shop", plugin: "test_decoding")]))
        },
        Case(name: .preparedTransactions, expected: .refused, says: "2 prepared transactions wait: a, b") {
            $0.run()
            $0.node.server?.preparedTransactions = ["a", "b"]
        },
        Case(name: .replicas, expected: .warning, says: "is built anew") {
            $0.node.replicas = [
                ReplicaObservation(hostID: "h2", isHere: true, pgdata: "/data/r", isRunning: true, exists: true)
            ]
        },
        Case(name: .replicas, expected: .refused, says: "cannot be moved aside: it is a mount point") {
            var replica = ReplicaObservation(
                hostID: "h2", isHere: true, pgdata: "/data/r", isRunning: true, exists: true)
            replica.obstacle = "it is a mount point"
            $0.node.replicas = [replica]
        },
        Case(name: .replicas, expected: .consent, says: "would go on serving the data") {
            $0.node.replicas = [
                ReplicaObservation(hostID: "h2", isHere: false, pgdata: "/data/r", isRunning: true, exists: true)
            ]
        },
        Case(
            name: .walLoss, expected: .consent,
            says: "pg_wal is gone; the last commit in the archive is of 2026-11-20T14:00"
        ) {
            $0.node.unarchivedWAL = UnarchivedWAL(segments: [], loss: "pg_wal is gone")
        },
        Case(name: .walLoss, expected: .warning, says: "the target is earlier") {
            $0.order.target = .time(t("13:00"))
            $0.node.unarchivedWAL = UnarchivedWAL(segments: [], loss: "pg_wal is gone")
        },
        Case(name: .walLoss, expected: .passed, says: "2 WAL segments left in pg_wal will be archived") {
            $0.node.unarchivedWAL = UnarchivedWAL(segments: ["a", "b"])
        },
        Case(name: .walLoss, expected: .consent, says: "repository local-2 of node n1 has no backup") {
            var empty = $0.book
            empty.reference.repositoryName = "local-2"
            empty.problem = .noBackups
            $0.node.books.insert(empty, at: 0)
        },
        Case(name: .wayBack, expected: .consent, says: "cannot be brought back afterwards: archive_mode is off") {
            $0.run()
            $0.node.archivingProblem = "archive_mode is off"
        },
        Case(name: .wayBack, expected: .consent, says: "the state before that restore stays in its archive") {
            $0.run()
            $0.node.archivingProblem = "archive_mode is off"
            $0.node.backups = "off"
            $0.node.hasUndoPoint = true
        },
        Case(name: .wayBack, expected: .passed, says: "is put into repository local first") {
            $0.run()
            $0.node.archivingProblem = "backups of the node are off since the last restore"
            $0.node.backups = "off"
            $0.node.closedBook = ClosedBookObservation(repositoryName: "local")
        },
        Case(name: .wayBack, expected: .consent, says: "cannot be brought back (pg_wal has no 00000002.history);") {
            $0.run()
            $0.node.archivingProblem = "backups of the node are off since the last restore"
            $0.node.backups = "off"
            $0.node.hasUndoPoint = true
            $0.node.closedBook = ClosedBookObservation(
                repositoryName: "", problem: "pg_wal has no 00000002.history")
        },
        Case(name: .retention, expected: .warning, says: "is the next that retention takes away") {
            $0.book.retention = .fulls(2)
            $0.order.set = "20261120-100000F"
        },
        Case(name: .options, expected: .warning, says: "target-exclusive has no effect with --type default") {
            $0.order.isExclusive = true
        },
    ]

    @Test(arguments: cases) func findsWhatIsWrong(_ wrong: Case) throws {
        var fixture = ObservationFixture()
        wrong.change(&fixture)
        let found = fixture.results(wrong.name).filter { $0.result == wrong.expected }
        #expect(found.contains { $0.detail.contains(wrong.says) }, "\(fixture.results(wrong.name))")
        let refusal = RestoreRefused(fixture.judge(), consents: [])
        switch wrong.expected {
        case .refused: #expect(try #require(refusal).kind == wrong.kind)
        case .consent:
            let consent = try #require(found.first?.consent)
            #expect(try #require(refusal).code == consent)
            #expect(RestoreRefused(fixture.judge(), consents: [consent]) == nil)
        case .warning, .passed: #expect(refusal == nil)
        }
    }

    @Test(arguments: [false, true]) func aHealthyNodePassesEveryCheck(runs: Bool) throws {
        var fixture = ObservationFixture()
        fixture.book.chosenSetDetail = ObservationFixture.full("20261120-120000F", "11:59", "12:00", tablespaces: [])
        if runs { fixture.run() }
        let result = fixture.judge()
        #expect(result.checks.filter { $0.result != .passed } == [])
        // Every check says something, but for those that speak only of what is wrong.
        let silent: Set<CheckName> = [.host, .setExists]
        #expect(
            Set(result.checks.map(\.name)) == Set(CheckName.allCases.filter { !silent.contains($0) }.map(\.rawValue)))
        let source = try #require(result.sources.first)
        #expect(source.label == "20261120-120000F")
        #expect(source.timeline == 1)
        #expect(source.systemIdentifier == ObservationFixture.ownIdentifier)
        #expect(source.needsMarkerOn == (runs ? "n1" : nil))
        #expect(RestoreRefused(result, consents: []) == nil)
    }

    @Test func everyCheckIsInTheTable() {
        #expect(Set(Preflight.checks.flatMap(\.names)) == Set(CheckName.allCases))
    }

    @Test func aRefusalListsAllThatIsWrong() throws {
        var fixture = ObservationFixture()
        fixture.node.supervisor = "Patroni"
        fixture.node.supervisorHint = "patronictl pause"
        fixture.node.ownSettings["max_connections"] = 50
        fixture.node.unarchivedWAL = UnarchivedWAL(segments: [], loss: "pg_wal is gone")
        let refusal = try #require(RestoreRefused(fixture.judge(), consents: []))
        #expect(refusal.code == "supervisor")
        #expect(refusal.message == "n1: Patroni would start the server again while its files are being restored")
        #expect(refusal.hint == "patronictl pause")
        #expect(refusal.details.contains { $0.hasPrefix("also refused: n1: max_connections is 50") })
        #expect(refusal.details.contains { $0.hasPrefix("consent is needed: n1: pg_wal is gone") })
    }
}
