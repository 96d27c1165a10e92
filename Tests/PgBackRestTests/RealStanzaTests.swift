import Failures
import FoundationEssentials
import Processes
import Spec
import Synchronization
import Testing

@testable import PgBackRest

/// What was told of a run's progress.
private final class ProgressLog: Sendable {
    private let seen = Mutex<[Progress]>([])
    func add(_ progress: Progress) { seen.withLock { $0.append(progress) } }
    var percents: [Double] { seen.withLock { $0.map(\.percent) } }
    var last: Progress? { seen.withLock { $0.last } }
}

/// The real program with a real server. One test after the other, since there are but few cores.
@Suite(.serialized) struct RealStanzaTests {
    @Test func backupRestoreAndTimelines() async throws {
        try await TestCluster.with { cluster in
            let backrest = cluster.backrest
            #expect(try await backrest.info().status.state == .missingStanza)
            #expect(try await backrest.archive(repo: 1).archives == [])
            try await backrest.stanzaCreate()
            try await backrest.check()
            #expect(try await backrest.info().status.state == .noBackups)

            try await cluster.query("create table t as select generate_series(1, 1000) as n")
            let progress = ProgressLog()
            let full = try await backrest.backup(
                type: .incr, annotations: ["why": "first = one"], onProgress: { progress.add($0) })
            #expect(full.label.hasSuffix("F"))
            #expect(full.warnings == ["no prior backup exists, incr backup has been changed to full"])
            #expect(progress.percents == progress.percents.sorted() && progress.last?.percent == 100)
            let size = try #require(progress.last?.bytesDone)
            try await cluster.query("insert into t select 2")
            try await cluster.query("select pg_create_restore_point('before')")
            try await cluster.query("insert into t select 3")
            let increment = try await backrest.backup(type: .incr, repo: 1, options: ["start-fast": "y"])
            #expect(increment.label.hasPrefix(full.label + "_") && increment.warnings == [])

            let info = try await backrest.info()
            #expect(info.status.state == .ok && info.backups.map(\.label) == [full.label, increment.label])
            #expect(info.backups[0].annotations == ["why": "first = one"])
            #expect(abs(Double(size - info.backups[0].size)) < 0.05 * Double(info.backups[0].size))
            let details = try await backrest.info(set: full.label).backups.first?.details
            #expect(details?.databases.map(\.name) == ["postgres"])
            #expect(try await backrest.info(set: "20200101-000000F").status.state == .setNotFound)

            try await cluster.stopServer()
            let restored = ProgressLog()
            try await backrest.restore(
                RestoreArguments(repo: 1, set: full.label, type: "name", target: "before", delta: true),
                expectedBytes: info.backups[0].size, onProgress: { restored.add($0) })
            #expect(
                restored.last
                    == Progress(
                        percent: 100, bytesDone: info.backups[0].size, bytesTotal: info.backups[0].size))
            try await cluster.startServer()
            try await cluster.waitForPromotion()
            #expect(try await cluster.query("select count(*) from t") == ["1001"])

            try await cluster.archiveCurrentSegment()
            let archive = try #require(try await backrest.archive(repo: 1)["15-1"])
            #expect(try await backrest.archive(repo: 1, archiveID: "15-1")["15-1"] == archive)
            #expect(archive.histories == [2] && archive.timelines.keys.sorted() == [1, 2])
            let history = try await backrest.history(of: 2, archiveID: "15-1", repo: 1)
            #expect(history.entries.map(\.timeline) == [1])
            #expect(history.entries[0].reason == "at restore point \"before\"")
            let start = try #require(info.backups[0].walStart.flatMap { WALSegmentName($0) })
            let end = try #require(archive.last(timeline: 2))
            #expect(archive.gaps(from: start, to: end, along: history) == [])
            let missing = await #expect(throws: PgBackRestError.self) {
                try await backrest.history(of: 7, archiveID: "15-1", repo: 1)
            }
            #expect(missing?.reason == .missing && missing?.kind == .notFound)
        }
    }

    /// WAL of a cluster that the data directory is no longer of, from an encrypted repository.
    @Test func walOfEveryClusterOfTheStanza() async throws {
        try await TestCluster.with({ $0.repositories[0].customOptions = Self.encryption }) { cluster in
            let backrest = cluster.backrest
            try await backrest.stanzaCreate()
            _ = try await backrest.backup(type: .full)
            let old = try #require(try await backrest.info().databases.first?.systemIdentifier)
            try await cluster.stopServer()
            try FileManager.default.removeItem(atPath: cluster.pgdata)
            try await cluster.makeServer()
            try await cluster.startServer()

            let mismatch = await #expect(throws: PgBackRestError.self) { try await backrest.check() }
            #expect(mismatch?.exitName == "file-invalid" && mismatch?.hint?.contains("stanza-upgrade") == true)
            try await backrest.stanzaUpgrade()
            _ = try await backrest.backup(type: .full)
            let info = try await backrest.info()
            #expect(
                info.databases.map(\.archiveID) == ["15-1", "15-2"] && info.repositories[0].cipher == "aes-256-cbc")

            let listing = try await backrest.archive(repo: 1)
            let path = cluster.directory + "/wal"
            for (archiveID, identifier) in [("15-1", old), ("15-2", info.databases[1].systemIdentifier)] {
                let segment = try #require(listing[archiveID]?.first(timeline: 1))
                let reader = try await backrest.walReader(
                    repo: 1, archiveID: archiveID, directory: cluster.directory)
                try await reader.fetch(segment.text, to: path)
                #expect(try Self.systemIdentifier(ofWAL: path) == identifier, "\(archiveID)")
                let missing = await #expect(throws: PgBackRestError.self) {
                    try await reader.fetch("0000000100000000000000F0", to: path)
                }
                #expect(missing?.reason == .missing)
                reader.close()
            }
            let present = try #require(listing["15-2"]?.first(timeline: 1))
            try await backrest.fetchWAL(present.text, to: path, repo: 1)
            #expect(try Self.systemIdentifier(ofWAL: path) == info.databases[1].systemIdentifier)
            await #expect(throws: PgBackRestError.self) {
                try await backrest.walReader(repo: 1, archiveID: "15-9", directory: cluster.directory)
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: cluster.directory)
            #expect(left.filter { $0.hasPrefix("pgstanza-wal-") } == [])
        }
    }

    private static let encryption = ["cipher-type": "aes-256-cbc", "cipher-pass": "a=b#c \"q\" [x] ü $(id)"]

    /// The first page of every segment names the cluster, 24 bytes in.
    private static func systemIdentifier(ofWAL path: String) throws -> UInt64 {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(bytes.count == 16_777_216)
        return (0..<8).reduce(0) { $0 | UInt64(bytes[24 + $1]) << (8 * UInt64($1)) }
    }

    @Test func failuresHaveNamesAndKinds() async throws {
        try await TestCluster.with { cluster in
            let backrest = cluster.backrest
            let noStanza = await #expect(throws: PgBackRestError.self) { try await backrest.backup(type: .full) }
            #expect(noStanza?.exitName == "file-missing" && noStanza?.hint?.contains("stanza-create") == true)
            try await backrest.stanzaCreate()

            let running = await #expect(throws: PgBackRestError.self) {
                try await backrest.restore(RestoreArguments(delta: true))
            }
            #expect(running?.exitName == "pg-running")
            try await cluster.stopServer()
            let down = await #expect(throws: PgBackRestError.self) { try await backrest.backup(type: .full) }
            #expect(down?.exitName == "db-connect" && down?.kind == .unavailable)
            let noBackup = await #expect(throws: PgBackRestError.self) {
                try await backrest.restore(RestoreArguments(set: "20200101-000000F", delta: true))
            }
            #expect(noBackup?.exitName == "backup-set-invalid" && noBackup?.kind == .notFound)
            #expect(noBackup?.details.first?.contains("--set=20200101-000000F") == true)

            let other = PgBackRest(program: backrest.program, configPath: "/nonexistent.conf", stanza: "db")
            let noFile = await #expect(throws: PgBackRestError.self) { try await other.info() }
            #expect(noFile?.exitName == "file-missing")
        }
    }

    /// A backup that is cancelled gives its lock back, on disk and in the server, before the cancellation is told.
    @Test func aCancelledBackupLeavesNothingBehind() async throws {
        try await TestCluster.with { cluster in
            let backrest = cluster.backrest
            try await backrest.stanzaCreate()
            try await cluster.query(
                "create table big as select md5(n::text) || md5((n + 1)::text) as m from generate_series(1, 700000) n")
            let slow = ["process-max": "1", "compress-type": "gz", "compress-level": "9"]
            let (started, signal) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await backrest.backup(
                    type: .full, options: slow,
                    onLine: { if $0.contains("backup start archive") { signal.yield() } })
            }
            for await _ in started { break }
            #expect(try await backrest.info().isLockHeld)
            let busy = await #expect(throws: PgBackRestError.self) { try await backrest.backup(type: .full) }
            #expect(busy?.kind == .busy && busy?.exitName == "lock-acquire")
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await !backrest.info().isLockHeld)
            #expect(
                try await cluster.query("select count(*) from pg_stat_activity where application_name ~ 'pgBackRest'")
                    == ["0"])
            _ = try await backrest.backup(type: .full)
        }
    }
}
