import Failures
import Spec
import Testing

@Suite("Options of pgBackRest")
struct OptionTests {
    @Test(
        "pgstanza's own have a reason",
        arguments: [
            "cmd", "config", "config-path", "config-include-path", "pg1-path", "pg-path", "pg1-host", "lock-path",
            "log-path", "spool-path", "exec-id", "stanza", "recovery-option", "archive-mode", "delta", "no-delta",
            "--delta", "reset-pg1-path",
        ])
    func own(option: String) {
        #expect(OwnOptions.reason(for: option) != nil)
    }

    @Test(
        "others are free",
        arguments: [
            "archive-mode-check", "process-max", "cmd-ssh", "log-level-console", "repo1-path", "set", "no-online",
        ])
    func free(option: String) {
        #expect(OwnOptions.reason(for: option) == nil)
    }

    @Test(
        "values that no configuration file can hold",
        arguments: [
            ("", "is empty"), ("a\nb", "holds a line break"), ("a\r", "holds a line break"),
            ("a\u{0}b", "holds a control character (U+0000)"), ("a\u{7f}", "holds a control character (U+007F)"),
            (" a", "starts with white space"), ("a ", "ends with white space"), ("a\u{a0}", "ends with white space"),
            (String(repeating: "x", count: 60001), "is longer than 60000 bytes"),
        ])
    func badValues(value: String, problem: String) {
        #expect(OptionText.problem(inValue: value) == problem)
    }

    @Test("all else can be held", arguments: ["a=b#c \"q\" [x] ü $(id)", "x", "#", "[a", "`"])
    func goodValues(value: String) {
        #expect(OptionText.problem(inValue: value) == nil)
    }

    @Test("flags are held to the same rules as files")
    func flags() {
        let restore = RestoreOptionRules.problems(in: ["type": "time", "target": "noon", "pg1-path": "/x"])
        #expect(restore.map(\.option) == ["pg1-path", "target"])
        #expect(restore.map(\.isAboutValue) == [false, true])
        #expect(RestoreOptionRules.problems(in: ["type": "name", "target": "x", "set": "latest"]) == [])
        #expect(
            BackupOptionRules.problems(in: ["start-fast": "y\nx", "type": "full"]).map(\.option) == [
                "start-fast", "type",
            ])
        #expect(BackupOptionRules.problems(in: ["start-fast": "y"]) == [])
    }

    @Test(
        "labels of backups",
        arguments: [
            ("latest", true), ("20250101-010000F", true), ("20250101-010000F_20250102-010000D", true),
            ("20250101-010000F_20250102-010000I", true), ("20250101-010000D", false), ("20250101-010000", false),
            ("20250101-010000F_20250102-010000F", false), ("2025010１-010000F", false), ("", false),
            ("20250101-010000F_", false), ("../20250101-010000F", false),
        ])
    func labels(text: String, isWellFormed: Bool) {
        #expect(BackupLabel.isWellFormed(text) == isWellFormed)
    }

    @Test("options that the installed pgBackRest does not know")
    func unknown() throws {
        let text = """
            {"database_name": "d", "nodes": [{"name": "n1", "host_ids": ["a"], "backup_config": {"repositories": [
              {"type": "posix", "base_path": "/b",
               "custom_options": {"repo1-bundel": "y", "cipher-pass": {"env": "P"}, "block": "y"}}]}}],
             "restore_config": {"restore_options": {"db-includ": "x", "process-max": 2}},
             "orchestrator_opts": {"local": {"pgbackrest": {"options": {"proces-max": 3, "repo1-bundle": "y"}}}}}
            """
        let spec = try SpecReader.readDatabase(Array(text.utf8), file: "x")
        let known: [String: Set<String>] = [
            "backup": ["process-max", "repo-bundle", "repo-cipher-pass"], "restore": ["db-include", "process-max"],
        ]
        let problems = OptionCheck.problems(in: spec, known: known)
        #expect(
            problems.map(\.path) == [
                "restore_config.restore_options.db-includ",
                "orchestrator_opts.local.pgbackrest.options.proces-max",
                "nodes[0].backup_config.repositories[0].custom_options.block",
                "nodes[0].backup_config.repositories[0].custom_options.repo1-bundel",
            ])
        #expect(
            problems.map(\.hint) == [
                #"did you mean "db-include"?"#, #"did you mean "process-max"?"#, nil, #"did you mean "bundle"?"#,
            ])
        #expect(problems.first?.message == #"the installed pgBackRest knows no option "db-includ""#)
        #expect(OptionCheck.problems(in: spec, known: [:]) == [])

        let error = UnknownOptions(options: problems)
        #expect(error.kind == .invalidInput)
        #expect(error.message == "4 options are not known to this pgBackRest")
        #expect(error.details.count == 4)
    }

    @Test("options of requests")
    func requests() throws {
        let backup = try SpecReader.readBackupRequest(Array(ValidTexts.backup.utf8), file: "b")
        #expect(OptionCheck.problems(in: backup, known: ["backup": ["start-fast"]]) == [])
        #expect(OptionCheck.problems(in: backup, known: ["backup": ["x"]]).map(\.path) == ["backup_options.start-fast"])
        let restore = try SpecReader.readRestoreRequest(Array(ValidTexts.restore.utf8), file: "r")
        #expect(OptionCheck.problems(in: restore, known: ["restore": ["type", "target", "process-max"]]) == [])
    }
}
