import Foundation
import PositionedJSON
import Testing

/// Wrong command lines and wrong files: the contract's exit code, an error that says what to do, nothing written.
@Suite struct BadInputTests {
    /// Arguments and the exit code they must have in an empty home.
    static let cases: [([String], Int32)] = [
        (["nonsense"], 64),
        (["db"], 64), (["db", "nonsense"], 64),
        (["db", "validate"], 64), (["db", "validate", "/nowhere/spec.json"], 66),
        (["db", "create"], 64), (["db", "create", "/nowhere/spec.json", "--yes"], 66),
        (["db", "create", "spec.json", "--nonsense"], 64),
        (["db", "show"], 64), (["db", "show", "missing"], 66),
        (["db", "start"], 64), (["db", "start", "missing"], 66),
        (["db", "stop"], 64), (["db", "stop", "missing"], 66),
        (["db", "remove"], 64), (["db", "remove", "missing", "--yes"], 66),
        (["db", "update"], 64), (["db", "update", "missing", "--yes"], 66),
        (["backup"], 64), (["backup", "missing", "--type", "full"], 66),
        (["backup", "missing", "--type", "whole"], 64),
        (["backup", "missing", "--type", "full", "--annotation", "novalue"], 64),
        (["backup", "missing", "--type", "full", "--wait-lock", "soon"], 64),
        (["backups"], 64), (["backups", "missing"], 66),
        (["restore"], 64), (["restore", "missing", "--plan"], 66),
        (["restore", "status", "missing"], 66), (["restore", "resume", "missing"], 66),
        (["restore", "abort", "missing"], 66), (["restore", "apply", "/nowhere/plan.json"], 66),
        (["task", "show", "nonsense"], 64), (["task", "show", "20260101-000000-0000"], 66),
        (["task", "log", "nonsense"], 64), (["task", "log", "20260101-000000-0000"], 66),
        (["task", "wait", "nonsense"], 64), (["task", "wait", "20260101-000000-0000"], 66),
        (["task", "cancel", "nonsense"], 64), (["task", "cancel", "20260101-000000-0000"], 66),
    ]

    @Test func everyCommandHasItsExitCodeAndSaysWhatToDo() async throws {
        try await withSandbox { box in
            for (arguments, code) in Self.cases {
                let words = arguments.joined(separator: " ")
                let result = try await box.pgstanza(arguments)
                #expect(result.exitCode == code, "\(words): \(result.errorOutput)")
                #expect(result.output == "", "\(words)")
                #expect(result.errorOutput.lowercased().contains("error:"), "\(words)")
                for trace in ["Fatal error", "stack dump", "Swift/"] {
                    #expect(!result.errorOutput.contains(trace), "\(words)")
                }
                guard code == 66 else { continue }
                #expect(result.errorOutput.contains("hint:"), "\(words): \(result.errorOutput)")
                let json = try await box.pgstanza(arguments + ["--json"])
                #expect(json.output == "", "\(words) --json")
                let error = try json.jsonError()["error"]
                #expect(error?["exit_code"]?.intValue == Int64(code), "\(words) --json")
                #expect(error?["message"]?.stringValue?.isEmpty == false, "\(words) --json")
                #expect(error?["hint"]?.stringValue?.isEmpty == false, "\(words) --json")
            }
            #expect(!box.exists(box.home + "/databases/missing"))
        }
    }

    @Test func aMistypedCommandNamesTheNearest() async throws {
        try await withSandbox { box in
            let result = try await box.pgstanza("bakups", "shop").expect(exit: 64)
            #expect(result.errorOutput.contains("backups"))
        }
    }

    @Test func everyProblemOfASpecIsReportedAtOnceWithItsPlace() async throws {
        try await withSandbox { box in
            let path = try box.write(
                "bad.json",
                """
                {
                    "id": "Shop",
                    "spec": {
                        "database_name": "shop",
                        "nodes": [{ "name": "x1", "host_ids": [] }],
                        "backup_config": { "repositories": [{ "type": "s4" }] }
                    }
                }
                """)
            for command in [["db", "validate", path], ["db", "create", path, "--yes"]] {
                let result = try await box.pgstanza(command).expect(exit: 65)
                for place in ["bad.json:2:11", "bad.json:5:29", "bad.json:5:47", "bad.json:6:55"] {
                    #expect(result.errorOutput.contains(place), "\(place) is not in: \(result.errorOutput)")
                }
                let problems = try await box.pgstanza(command + ["--json"]).expect(exit: 65).jsonError()["problems"]
                #expect((problems?.arrayValue?.count ?? 0) >= 4)
                #expect(problems?[0]?["line"]?.intValue == 2)
                #expect(problems?[0]?["column"]?.intValue == 11)
                #expect(problems?[0]?["path"]?.stringValue == "id")
            }
            #expect(!box.exists(box.home + "/databases"))
        }
    }
}
