import Failures
import Processes
import Spec
import Testing

@testable import PgBackRest

@Suite struct VersionTests {
    @Test(arguments: [
        ("pgBackRest 2.45", PgBackRestVersion(2, 45)), ("pgBackRest 2.46dev", PgBackRestVersion(2, 46)),
        ("pgBackRest 2.55.1", PgBackRestVersion(2, 55)), ("pgBackRest 3.0", PgBackRestVersion(3, 0)),
        ("pgBackRest", nil), ("", nil), ("something 2", nil),
    ])
    func isReadFromWhatTheProgramSays(_ text: String, _ expected: PgBackRestVersion?) {
        #expect(PgBackRestVersion(output: text) == expected)
    }

    @Test func laterVersionsHaveMore() {
        #expect(PgBackRestVersion(2, 9) < PgBackRestVersion(2, 10))
        #expect(PgBackRestVersion(2, 45).has(.bundle))
        #expect(!PgBackRestVersion(2, 45).has(.blockIncremental))
        #expect(PgBackRestVersion(2, 46).has(.blockIncremental))
        #expect(PgBackRestFeature.allCases.filter(PgBackRestVersion(2, 45).has) == [.bundle, .annotation])
        #expect(PgBackRestFeature.allCases.allSatisfy(PgBackRestVersion(2, 59).has))
        #expect(PgBackRestVersion(2, 45).description == "2.45")
    }

    @Test func theInstalledProgramSaysItsVersion() async throws {
        let version = try await PgBackRest(configPath: "/dev/null", stanza: "db").version()
        #expect(version >= PgBackRestVersion(2, 45))
    }

    @Test func aProgramThatIsNotThereIsUnavailable() async throws {
        let backrest = PgBackRest(program: "/nonexistent/pgbackrest", configPath: "/dev/null", stanza: "db")
        let error = await #expect(throws: ProcessError.self) { try await backrest.version() }
        #expect(error?.kind == .unavailable)
        await #expect(throws: ProcessError.self) { try await backrest.info() }
        await #expect(throws: ProcessError.self) { try await backrest.run("check") }
    }

    @Test func anotherProgramIsNotTakenForPgBackRest() async throws {
        let error = await #expect(throws: PgBackRestError.self) {
            try await PgBackRest(program: "echo", configPath: "/dev/null", stanza: "db").version()
        }
        #expect(error?.code == "pgbackrest-output")
    }
}

@Suite struct OptionCatalogueTests {
    @Test(arguments: [
        ("backup", ["start-fast", "annotation", "process-max", "repo-retention-full", "pg-path"], ["target", "zzz"]),
        ("restore", ["target-timeline", "delta", "tablespace-map", "repo-s3-key"], ["annotation", "start-fast"]),
        ("archive-push", ["archive-async", "compress-type"], ["type", "set"]),
    ])
    func namesAreThoseOfTheInstalledVersion(_ command: String, known: [String], unknown: [String]) async throws {
        let names = try await PgBackRest(configPath: "/nonexistent", stanza: "db").optionNames(for: command)
        for name in known { #expect(names.contains(name), "\(name)") }
        for name in unknown { #expect(!names.contains(name), "\(name)") }
        #expect(names.allSatisfy { !$0.isEmpty && !$0.hasPrefix("-") })
    }

    @Test func aCommandThatDoesNotExistIsAnError() async throws {
        let error = await #expect(throws: PgBackRestError.self) {
            try await PgBackRest(configPath: "/dev/null", stanza: "db").optionNames(for: "explode")
        }
        #expect(error?.message.contains("explode") == true)
    }

    @Test func namesLoseTheirIndex() {
        let pairs = [
            "repo2-s3-key": "repo-s3-key", "pg1-path": "pg-path", "repo-path": "repo-path", "pgdata": "pgdata",
            "repo2": "repo2", "process-max": "process-max", "repo": "repo",
        ]
        for (name, expected) in pairs { #expect(PgBackRest.nameWithoutIndex(name) == expected) }
    }
}

@Suite struct CommandLineTests {
    private let backrest = PgBackRest(
        program: "/usr/bin/pgbackrest", configPath: "/home/n1/pgbackrest.backup.conf", stanza: "db")

    @Test func aCommandNamesFileStanzaAndLogLevels() {
        let command = backrest.command("backup", ["--type=full", "--annotation=why=O'Brien"])
        #expect(
            command.rendered
                == "/usr/bin/pgbackrest --config=/home/n1/pgbackrest.backup.conf --stanza=db --log-level-stderr=off"
                + " --log-level-console=detail backup --type=full '--annotation=why=O'\\''Brien'")
        #expect(command.environment == Processes.CommandLine.cleanEnvironment)
        #expect(command.workingDirectory == "/")
    }

    @Test func aQueryKeepsItsOutputClean() {
        #expect(
            backrest.query("info", ["--output=json"]).rendered
                == "/usr/bin/pgbackrest --config=/home/n1/pgbackrest.backup.conf --stanza=db --log-level-console=off"
                + " --log-level-stderr=warn --log-level-file=off info --output=json")
    }

    @Test func backupArguments() throws {
        let arguments = try PgBackRest.backupArguments(
            type: .diff, repo: 2, annotations: ["b": "x = y", "a": "1"],
            options: ["start-fast": "n", "process-max": "3", "checksum-page": "y"])
        #expect(
            arguments == [
                "--type=diff", "--repo=2", "--annotation=a=1", "--annotation=b=x = y", "--checksum-page",
                "--process-max=3", "--no-start-fast",
            ])
        #expect(try PgBackRest.backupArguments(type: .full) == ["--type=full"])
    }

    @Test func backupArgumentsAreChecked() {
        let bad: [([String: String], [String: String])] = [
            (["a=b": "c"], [:]), (["a": "x\ny"], [:]), (["": "x"], [:]), ([:], ["Start": "y"]), ([:], ["--x": "y"]),
            ([:], ["process-max": "1\n2"]), ([:], ["process-max": ""]),
        ]
        for (annotations, options) in bad {
            #expect(throws: PgBackRestError.self) {
                try PgBackRest.backupArguments(type: .full, annotations: annotations, options: options)
            }
        }
    }

    @Test func restoreArguments() throws {
        let arguments = try RestoreArguments(
            repo: 1, set: "20250101-010000F", type: "time", target: "2025-01-01 01:30:00.000000+00",
            targetExclusive: true, targetTimeline: "2", delta: true, archiveModeOff: true,
            recoveryOptions: [.init("shared_preload_libraries", ""), .init("port", "6433")],
            tablespaceMap: ["ts1": "/new/ts1"], linkMap: ["pg_wal": "/wal"],
            options: ["force": "y", "db-include": "app"]
        ).arguments()
        #expect(
            arguments == [
                "--delta", "--repo=1", "--set=20250101-010000F", "--type=time",
                "--target=2025-01-01 01:30:00.000000+00", "--target-exclusive", "--target-timeline=2",
                "--target-action=promote", "--archive-mode=off", "--recovery-option=shared_preload_libraries=",
                "--recovery-option=port=6433", "--tablespace-map=ts1=/new/ts1", "--link-map=pg_wal=/wal",
                "--db-include=app", "--force",
            ])
    }

    /// 2.45 refuses the action with types that stop nowhere, and pauses for ever without it with the others.
    @Test(arguments: [
        ("default", false), ("standby", false), ("preserve", false), ("immediate", true), ("time", true),
        ("lsn", true), ("xid", true), ("name", true),
    ])
    func theActionIsPromoteWhereThereIsOne(type: String, expected: Bool) throws {
        #expect(try RestoreArguments(type: type).arguments().contains("--target-action=promote") == expected)
    }

    @Test func quotesCannotEndASettingOfTheServer() throws {
        let arguments = try RestoreArguments(
            type: "name", target: "o'b\\c", recoveryOptions: [.init("primary_conninfo", "password='x y'")]
        ).arguments()
        #expect(arguments.contains("--target=o''b\\\\c"))
        #expect(arguments.contains("--recovery-option=primary_conninfo=password=''x y''"))
        #expect(throws: PgBackRestError.self) { try RestoreArguments(type: "name", target: "a\nb").arguments() }
    }
}
