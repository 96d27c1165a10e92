import TargetTime
import Testing

@testable import Postgres

@Suite struct ProgramOutputTests {
    @Test func versionsAreRead() {
        #expect(
            Programs.parseVersion("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)").map { [$0.major, $0.minor] }
                == [15, 18])
        #expect(Programs.parseVersion("postgres (PostgreSQL) 18beta2").map { [$0.major, $0.minor] } == [18, 0])
        #expect(Programs.parseVersion("postgres (EnterpriseDB) 16.4").map { [$0.major, $0.minor] } == [16, 4])
        #expect(Programs.parseVersion("postgres (PostgreSQL)") == nil)
    }

    private let control = """
        pg_control version number:            1300
        Catalog version number:               202209061
        Database system identifier:           11771749432949651113
        Database cluster state:               shut down
        pg_control last modified:             Sat Nov 21 01:35:06 2026
        Latest checkpoint location:           0/17414F8
        Latest checkpoint's REDO location:    0/1741000
        Latest checkpoint's TimeLineID:       3
        Minimum recovery ending location:     0/0
        wal_level setting:                    logical
        max_connections setting:              100
        max_worker_processes setting:         8
        max_wal_senders setting:              10
        max_prepared_xacts setting:           5
        max_locks_per_xact setting:           64
        track_commit_timestamp setting:       on
        Bytes per WAL segment:                16777216
        Data page checksum version:           1
        """

    @Test func controlDataIsRead() throws {
        let lines = control.split(separator: "\n").map(String.init)
        let data = try ControlData.parse(lines, pgdata: "/d", major: 15)
        #expect(data.systemIdentifier == 11_771_749_432_949_651_113)
        #expect(data.state == "shut down")
        #expect(data.isShutDown)
        #expect(data.timeline == 3)
        #expect(data.checkpointLSN == LSN("0/17414F8"))
        #expect(data.redoLSN == LSN("0/1741000"))
        #expect(data.dataChecksums)
        #expect(data.walLevel == "logical")
        #expect(data.trackCommitTimestamp)
        #expect(data.maxConnections == 100)
        #expect(data.maxPreparedTransactions == 5)
        #expect(data.maxLocksPerTransaction == 64)
        #expect(data.walSegmentSize == 16_777_216)
    }

    @Test func aWarningMeansDamage() {
        let lines =
            ["WARNING: Calculated CRC checksum does not match value stored in file."]
            + control.split(separator: "\n").map(String.init)
        let error = #expect(throws: PostgresError.self) { try ControlData.parse(lines, pgdata: "/d", major: 15) }
        #expect(error?.code == "pg-control-damaged")
        #expect(error?.message.contains("CRC checksum does not match") == true)
        #expect(throws: PostgresError.self) { try ControlData.parse([], pgdata: "/d", major: 15) }
    }

    @Test func postmasterFilesAreRead() {
        let whole = PostmasterFile.parse("8123\n/data\n1795225000\n5433\n/run\nlocalhost\n 12 34\nready   \n")
        #expect(whole?.pid == 8123)
        #expect(whole?.port == 5433)
        #expect(whole?.startTime == 1_795_225_000)
        #expect(whole?.socketDir == "/run")
        #expect(whole?.listenAddress == "localhost")
        #expect(whole?.status == "ready")
        let early = PostmasterFile.parse("8123\n/data\n1795225000\n5433\n\n")
        #expect(early?.socketDir == nil)
        #expect(early?.status == nil)
        #expect(PostmasterFile.parse("-77\n/data\n")?.isStandalone == true)
        #expect(PostmasterFile.parse("-77\n/data\n")?.pid == 77)
        for text in ["", "\n", "abc\n", "0\n", "99999999999\n", "-2147483648\n"] {
            #expect(PostmasterFile.parse(text) == nil)
        }
    }

    @Test func processesThatAreNoServerAreNotAlive() {
        #expect(!PostmasterFile.isAlive(pid: 1, pgdata: "/"))
        #expect(!PostmasterFile.isAlive(pid: 0, pgdata: "/"))
        #expect(!PostmasterFile.isAlive(pid: -1, pgdata: "/"))
        #expect(!PostmasterFile.isAlive(pid: Int32.max, pgdata: "/"))
    }

    private func line(_ rmgr: String, _ description: String, tx: Int = 731) -> String {
        "rmgr: \(rmgr) len (rec/tot):     34/    34, tx:        \(tx), lsn: 0/02000178, prev 0/02000028, desc: \(description)"
    }

    @Test func commitsAreRead() throws {
        let time = try #require(Instant.parse(iso8601: "2026-11-21T01:59:25.400326Z"))
        let lsn = try #require(LSN("0/2000178"))
        #expect(
            WALDumpLine.parse(line("Transaction", "COMMIT 2026-11-21 01:59:25.400326 UTC"))
                == .transaction(WALTransaction(outcome: .commit, xid: 731, subtransactions: [], time: time, lsn: lsn)))
        let long =
            "COMMIT 2026-11-21 01:59:25.400326 UTC; rels: base/5/16384; subxacts: 732 733; inval msgs: catcache 80; "
            + "origin: node 1, lsn 0/17, at 2026-11-21 01:59:20.000000 UTC"
        #expect(
            WALDumpLine.parse(line("Transaction", long))
                == .transaction(
                    WALTransaction(outcome: .commit, xid: 731, subtransactions: [732, 733], time: time, lsn: lsn)))
        #expect(
            WALDumpLine.parse(
                line("Transaction", "COMMIT_PREPARED 729: 2026-11-21 01:59:25.400326 UTC; subxacts: 730", tx: 0))
                == .transaction(
                    WALTransaction(outcome: .commitPrepared, xid: 729, subtransactions: [730], time: time, lsn: lsn)))
        #expect(
            WALDumpLine.parse(line("Transaction", "ABORT_PREPARED 730: 2026-11-21 01:59:25.400326 UTC", tx: 0))
                == .transaction(
                    WALTransaction(outcome: .abortPrepared, xid: 730, subtransactions: [], time: time, lsn: lsn)))
        #expect(
            WALDumpLine.parse(line("Transaction", "ABORT 2026-11-21 01:59:25.400326 UTC"))
                == .transaction(WALTransaction(outcome: .abort, xid: 731, subtransactions: [], time: time, lsn: lsn)))
        #expect(WALDumpLine.parse(line("Transaction", "PREPARE gid x: 2026-11-21 01:59:25.400326 UTC")) == nil)
        #expect(WALDumpLine.parse(line("Transaction", "INVALIDATION ; inval msgs: catcache 80")) == nil)
    }

    @Test func marksAreRead() throws {
        let lsn = try #require(LSN("0/2000178"))
        #expect(
            WALDumpLine.parse(line("XLOG       ", "RESTORE_POINT my rp (a) \"b\"; c, desc: x"))
                == .restorePoint(name: "my rp (a) \"b\"; c, desc: x", lsn: lsn))
        #expect(
            WALDumpLine.parse(
                line("XLOG       ", "END_OF_RECOVERY tli 2; prev tli 1; time 2026-11-21 02:00:00.100000 UTC"))
                == .endOfRecovery(lsn: lsn, timeline: 2, time: Instant.parse(iso8601: "2026-11-21T02:00:00.1Z")))
        #expect(
            WALDumpLine.parse(
                line("XLOG       ", "CHECKPOINT_SHUTDOWN redo 0/17414F8; tli 4; prev tli 3; fpw true; shutdown"))
                == .checkpoint(lsn: lsn, timeline: 4, isShutdown: true))
        #expect(
            WALDumpLine.parse(line("XLOG       ", "CHECKPOINT_ONLINE redo 0/1; tli 1; prev tli 1; online"))
                == .checkpoint(lsn: lsn, timeline: 1, isShutdown: false))
        #expect(WALDumpLine.parse(line("XLOG       ", "FPI_FOR_HINT , blkref #0: rel 1663/1/1255 blk 0 FPW")) == nil)
        #expect(
            WALDumpLine.parse(line("Heap       ", "INSERT off 7 flags 0x00, blkref #0: rel 1663/5/16384 blk 0")) == nil)
        #expect(WALDumpLine.parse("first record is after 0/1, at 0/28, skipping over 40 bytes") == nil)
    }

    @Test func baseBackupsReportProgress() {
        #expect(
            BaseBackup.parseProgress("  23445/45123 kB (51%), 0/1 tablespace (/d/base/5/16384)")
                == BaseBackup.Progress(bytesDone: 23445 * 1024, bytesTotal: 45123 * 1024))
        #expect(BaseBackup.parseProgress("pg_basebackup: initiating base backup") == nil)
        #expect(BaseBackup.Progress(bytesDone: 120, bytesTotal: 100).percent == 100)
        #expect(BaseBackup.Progress(bytesDone: 0, bytesTotal: 0).percent == 0)
    }

    @Test func aReplicasSettingsReplaceThePrimarys() {
        let request = BaseBackup.Request(
            source: ConnectionParameters(
                host: "10.0.0.1", port: 5, user: "pgstanza", database: "", passfile: "/pass file",
                options: ["password": "never", "sslmode": "verify-full"]),
            slot: "s", pgdata: "/r", clusterName: "n1 b", port: 6, socketDir: "/run", tablespaceMap: ["/a=b": "/c"])
        let command = BaseBackup.command(request, into: "/r.new", programs: Programs(binDir: "/bin"))
        #expect(command.arguments.contains("--tablespace-mapping=/a\\=b=/c"))
        #expect(command.arguments.contains("--pgdata=/r.new"))
        #expect(!command.rendered.contains("never"))
        var file = ServerSettingsFile(
            text: """
                # Do not edit
                port = '1'
                recovery_target_time = 'x'
                recovery_target_action = 'promote'
                restore_command = 'y'
                primary_conninfo = 'password=secret'
                work_mem = '4MB'
                """)
        BaseBackup.configure(&file, request)
        #expect(
            file.text == """
                # Do not edit
                work_mem = '4MB'
                cluster_name = 'n1 b'
                port = '6'
                primary_conninfo = 'host=10.0.0.1 port=5 user=pgstanza application_name=''n1 b'' passfile=''/pass file'' sslmode=verify-full'
                primary_slot_name = 's'
                unix_socket_directories = '/run'

                """)
    }

    @Test func initdbIsAskedForWhatEachVersionKnows() {
        let options = InitDB.Options(superuser: "boss")
        func arguments(_ major: Int, _ options: InitDB.Options) -> [String] {
            InitDB.command(at: "/d", programs: Programs(binDir: "/bin"), major: major, options: options).arguments
        }
        #expect(arguments(15, options).contains("--locale=C.UTF-8"))
        #expect(arguments(15, options).contains("--data-checksums"))
        #expect(arguments(17, options).contains("--builtin-locale=C.UTF-8"))
        #expect(!arguments(17, options).contains("--no-sync"))
        let other = InitDB.Options(
            superuser: "b", dataChecksums: false, locale: "de_DE.UTF-8", walSegmentSize: 64 << 20)
        #expect(arguments(17, other).contains("--locale=de_DE.UTF-8"))
        #expect(!arguments(17, other).contains("--data-checksums"))
        #expect(arguments(18, other).contains("--no-data-checksums"))
        #expect(arguments(18, other).contains("--wal-segsize=64"))
    }
}
