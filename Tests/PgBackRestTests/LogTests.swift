import Failures
import Processes
import Testing

@testable import PgBackRest

@Suite struct LogLineTests {
    @Test func linesWithAndWithoutTime() {
        let timed = LogLine("2026-11-21 01:52:22.938 P00  ERROR: [050]: unable to acquire lock: busy")
        #expect(timed?.level == "ERROR" && timed?.code == 50 && timed?.text == "unable to acquire lock: busy")
        let plain = LogLine("ERROR: [031]: invalid option '--nonsense'")
        #expect(plain?.level == "ERROR" && plain?.code == 31 && plain?.text == "invalid option '--nonsense'")
        let warning = LogLine("WARN: configuration file contains invalid option 'x'")
        #expect(warning?.level == "WARN" && warning?.code == nil)
        #expect(LogLine("2026-11-21 01:48:47.000 P00   INFO: new backup label = 20261121-014847F")?.level == "INFO")
    }

    @Test(arguments: [
        "                                    HINT: is another pgBackRest process running?", "", "INFO:", "x ERROR: y",
        "host: localhost", "just text",
    ])
    func linesThatContinue(_ line: String) {
        #expect(LogLine(line) == nil)
    }

    @Test func anArchiveIDInBracketsIsNoCode() {
        let line = LogLine("2026-11-21 01:48:47.000 P00   INFO: [15-1] found")
        #expect(line?.code == nil && line?.text == "[15-1] found")
    }
}

@Suite struct ProgressTests {
    /// Lines that 2.45 wrote, in one run each.
    private static let backup = [
        "2026-11-21 01:48:48.338 P02 DETAIL: backup file /pg/base/5/1249 (bundle 2/155604, 448KB, 62.38%) checksum a090",
        "2026-11-21 01:48:48.487 P01 DETAIL: backup file /pg/base/5/16384 (13MB, 100.00%) checksum c651",
    ]

    @Test func backupLines() {
        var reader = ProgressReader()
        #expect(
            reader.read(Self.backup[0]) == Progress(percent: 62.38, bytesDone: 458_752, bytesTotal: 735_415))
        let last = reader.read(Self.backup[1])
        #expect(last == Progress(percent: 100, bytesDone: 14_090_240, bytesTotal: 14_090_240))
    }

    @Test func aKnownSizeCounts() {
        var reader = ProgressReader(expectedBytes: 1000)
        #expect(reader.read(Self.backup[0]) == Progress(percent: 62.38, bytesDone: 623, bytesTotal: 1000))
    }

    @Test(arguments: [
        ("restore file /r1/base/1/1249 - exists and matches backup (bundle 2/0, 448KB, 38.51%) checksum e5", 38.51),
        ("restore file /x/base/4/2696 (16KB, 86.13%) checksum 1", 86.13),
        ("backup file /pg/data/1/13399 (0B, 0.00%)", 0),
        ("restore zeroed file /r/x (2.2MB, 4.84%)", 4.84),
        ("match file from prior backup /pg/x (1GB, 99.99%) checksum 0", 99.99),
        ("backup file /pg/a (1KB, 3.00%)/b (8KB, 5.00%) checksum 0", 5),
    ])
    func otherLines(_ text: String, percent: Double) {
        var reader = ProgressReader()
        #expect(reader.read("2026-11-21 01:48:48.487 P01 DETAIL: " + text)?.percent == percent)
    }

    @Test(arguments: [
        "2026-11-21 01:48:48.487 P00   INFO: backup file /x (13MB, 100.00%)",
        "2026-11-21 01:48:48.487 P00 DETAIL: wrote 'backup_label' file returned from backup stop function",
        "2026-11-21 01:48:48.487 P00 DETAIL: store zero-length file /tmp/brx/pg/global/6243",
        "2026-11-21 01:48:48.487 P01 DETAIL: backup file /x (13MB)",
        "2026-11-21 01:48:48.487 P01 DETAIL: backup file /x (13XB, 5.0%)",
        "2026-11-21 01:48:48.487 P01 DETAIL: backup file /x (13MB, 500.0%)",
        "2026-11-21 01:48:48.487 P01 DETAIL: 100%",
    ])
    func linesWithoutProgress(_ line: String) {
        var reader = ProgressReader()
        #expect(reader.read(line) == nil)
    }
}

@Suite struct RequestDumpTests {
    /// What 2.45 said when an S3 server answered 403, with keys put where it had blackened them.
    private static let lines = """
        2026-11-21 02:19:16.066 P00   INFO: stanza-create for stanza 'db' on repo1
        2026-11-21 02:19:16.125 P00  ERROR: [039]: HTTP request failed with 403 (Forbidden):
                                            *** Path/Query ***:
                                            HEAD /backups/n1/archive/db/archive.info?sig=GEHEIM
                                            *** Request Headers ***:
                                            authorization: GEHEIM
                                            x-amz-security-token: GEHEIM
                                            *** Response Headers ***:
                                            content-length: 158
                                            *** Response Content ***:
        <?xml version="1.0" encoding="UTF-8"?>
        <Error><Code>InvalidAccessKeyId</Code><AWSAccessKeyId>GEHEIM</AWSAccessKeyId></Error>
        2026-11-21 02:19:16.125 P00   INFO: stanza-create command end: aborted with exception [039]
        """.split(separator: "\n").map(String.init)

    @Test func ofTheDumpOnlyTheServersCodeIsLeft() {
        var filter = RequestDumpFilter()
        #expect(
            Self.lines.compactMap { filter.pass($0) } == [
                Self.lines[0], Self.lines[1], "    server's error code: InvalidAccessKeyId", Self.lines.last,
            ])
    }

    @Test func aCodeThatIsNoWordIsNotShown() {
        var filter = RequestDumpFilter()
        _ = filter.pass("ERROR: [039]: HTTP request failed with 403 (Forbidden):")
        #expect(filter.pass("<Code>GEHEIM=1</Code>") == nil)
        #expect(filter.pass("<Code></Code>") == nil)
    }

    @Test func theReaderFiltersWhatItPassesOn() {
        let reader = LogReader(expectedBytes: nil, onProgress: nil, onLine: nil)
        for line in Self.lines { reader.add(line) }
        #expect(reader.lines.joined().contains("GEHEIM") == false)
        let error = PgBackRestError(
            command: CommandLine(program: "pgbackrest", arguments: ["stanza-create"]), name: "stanza-create",
            exit: .exited(39), lines: reader.lines)
        #expect(
            error.message == "pgbackrest stanza-create failed with exit code 39 (protocol): "
                + "HTTP request failed with 403 (Forbidden), InvalidAccessKeyId")
        #expect(error.kind == .notPermitted)
        #expect(error.hint?.contains("refuses the key") == true)
        #expect("\(error) \(error.details)".contains("GEHEIM") == false)
    }
}

@Suite struct PgBackRestErrorTests {
    private func error(_ code: Int32, _ lines: [String]) -> PgBackRestError {
        PgBackRestError(
            command: CommandLine(program: "pgbackrest", arguments: ["--stanza=db", "backup"]), name: "backup",
            exit: .exited(code), lines: lines)
    }

    @Test func holdsWhatIsKnown() {
        let lines = [
            "2026-11-21 01:52:22.938 P00 DETAIL: something about a file",
            "2026-11-21 01:52:22.938 P00  ERROR: [050]: unable to acquire lock on file '/l/db-backup.lock': busy",
            "                                    HINT: is another pgBackRest process running?",
            "2026-11-21 01:52:22.938 P00   INFO: backup command end: aborted with exception [050]",
        ]
        let error = error(50, lines)
        #expect(error.kind == .busy)
        #expect(error.code == "pgbackrest-lock-acquire")
        #expect(error.exitName == "lock-acquire" && error.exitCode == 50)
        #expect(
            error.message == "pgbackrest backup failed with exit code 50 (lock-acquire): "
                + "unable to acquire lock on file '/l/db-backup.lock': busy")
        #expect(error.details == ["command: pgbackrest --stanza=db backup"] + lines.dropFirst())
        #expect(error.hint?.hasPrefix("another pgBackRest process") == true)
    }

    @Test func pgBackRestsOwnHintIsTakenWhereThereIsNoBetter() {
        let error = error(46, ["ERROR: [046]: unexpected version", "       HINT: is this version supported?"])
        #expect(error.hint == "is this version supported?")
        #expect(self.error(46, []).hint?.contains("run the same again") == true)
        #expect(self.error(46, []).message == "pgbackrest backup failed with exit code 46 (version-not-supported)")
        #expect(self.error(1, []).message == "pgbackrest backup failed with exit code 1")
    }

    @Test(
        arguments: [
            (50, "", FailureKind.busy), (75, "", .notFound), (56, "", .unavailable), (49, "", .unavailable),
            (41, "unable to open file '/x': [13] Permission denied", .notPermitted),
            (41, "unable to open file '/x': [28] No space left on device", .operation),
            (47, "unable to create path '/x': [13] Permission denied", .notPermitted), (103, "", .operation),
            (38, "", .operation),
        ] as [(Int32, String, FailureKind)])
    func kinds(code: Int32, text: String, kind: FailureKind) {
        #expect(error(code, ["ERROR: [0\(code)]: \(text)"]).kind == kind)
    }

    @Test func aSignalIsNoExitCode() {
        let error = PgBackRestError(
            command: CommandLine(program: "pgbackrest"), name: "backup", exit: .signalled(9), lines: [])
        #expect(error.message == "pgbackrest backup failed with signal 9")
        #expect(error.exitCode == nil && error.code == "pgbackrest-signalled")
    }

    @Test func wellKnownCodesHaveNamesAndHints() {
        for code in [28, 38, 41, 45, 49, 50, 51, 55, 56, 62, 68, 75, 82, 87, 95, 101, 103] as [Int32] {
            #expect(ExitNames.name(code) != nil)
            #expect(error(code, []).hint?.isEmpty == false, "\(code)")
        }
        #expect(ExitNames.name(38) == "pg-running" && ExitNames.name(125) == "unknown")
        #expect(ExitNames.name(0) == nil && ExitNames.name(143) == nil)
    }
}
