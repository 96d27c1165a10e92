import Catalog
import Failures
import Foundation
import PositionedJSON
import Spec
import Synchronization
import Testing

@testable import Commands

@Suite("Errors, scans, questions and tasks")
struct ShellTests {
    @Test("every class of failure has its exit code, and back")
    func exitCodes() {
        let codes: [(FailureKind, Int32)] = [
            (.operation, 1), (.usage, 64), (.invalidInput, 65), (.notFound, 66), (.unavailable, 69), (.defect, 70),
            (.refused, 73), (.busy, 75), (.notPermitted, 77), (.interrupted(signal: 2), 130),
            (.interrupted(signal: 15), 143),
        ]
        for (kind, code) in codes {
            #expect(ExitStatus.code(for: kind) == code)
            #expect(ExitStatus.kind(for: code) == kind)
        }
        #expect(ExitStatus.kind(for: 2) == .operation)
    }

    @Test("an error is message, details, task and hint, and a document on one line")
    func errorReport() {
        let error = CommandsError(
            .unavailable, code: "server-missing", "it does not answer\nat all", hint: "start it",
            details: ["psql: \u{1B}[1mno"])
        let report = ErrorReport(error, task: "20261121-013000-4f2a")
        #expect(
            report.lines(colors: false) == [
                "error: it does not answer\n  at all", "  psql: ?[1mno",
                "  task 20261121-013000-4f2a; 'pgstanza task log 20261121-013000-4f2a' shows what it did",
                "hint: start it",
            ])
        #expect(report.lines(colors: true)[0].hasPrefix("\u{1B}[31merror:\u{1B}[0m it"))
        let text = report.document.text(pretty: false)
        #expect(!text.contains("\n"))
        #expect(report.document["error"]?["task"] == "20261121-013000-4f2a")
        #expect(report.document["error"]?["exit_code"]?.intValue == 69)
        #expect(report.document["problems"] == nil)
    }

    @Test("what nobody expects is a defect, and an interruption is the signal's")
    func otherErrors() {
        struct Strange: Error {}
        let defect = ErrorReport(Strange())
        #expect(defect.exitCode == 70)
        #expect(defect.hint?.contains("defect") == true)
        #expect(ErrorReport(CommandsError(.defect, code: "d", "never so")).hint == defect.hint)
        #expect(ErrorReport(CancellationError(), signal: 15).exitCode == 143)
        #expect(ErrorReport(CancellationError()).exitCode == 130)
    }

    @Test("a system call's failure says what mends it")
    func systemReasons() {
        let denied = SystemReason(EACCES)
        #expect(denied.kind == .notPermitted && denied.text == "Permission denied")
        #expect(denied.hint?.contains("open to the user") == true)
        #expect(SystemReason(ENOTDIR).kind == .notFound && SystemReason(ENOTDIR).hint?.contains("mounted") == true)
        #expect(SystemReason(ENOSPC).hint == "make room on that file system")
        #expect(SystemReason(EDOM).hint == nil)
    }

    @Test("arguments are found before they are parsed")
    func scan() {
        func scan(_ text: String) -> ArgumentScan {
            ArgumentScan(text.split(separator: " ").map(String.init), tree: CommandNode(Pgstanza.self))
        }
        let moved = scan("--home /h -v db --json list extra")
        #expect(moved.words == ["db", "list"])
        #expect(moved.arguments == ["db", "list", "--home", "/h", "-v", "--json", "extra"])
        #expect(moved.isJSON && !moved.isPlain && !moved.isDryRun)
        #expect(scan("db validate -- --json").isJSON == false)
        #expect(scan("db create x --dry-run --no-color").isDryRun)
        #expect(scan("db").isIncomplete && scan("").isIncomplete && !scan("db list").isIncomplete)
        #expect(scan("nonsense").unknownWord == "nonsense")
        #expect(scan("help").unknownWord == nil)
    }

    @Test("secrets in a spec are masked by the names of their keys")
    func masked() throws {
        let spec: JSONTree = [
            "password": "p", "s3_key": ["file": "/f"], "s3_key_secret": ["file": "/f", "value": "x"],
            "custom_options": ["repo-cipher-pass": "c", "repo1-s3-key-type": "shared", "repo-cipher-type": "none"],
            "list": [["azure_key": "z", "port": 1]], "token": 5, "gcs_key": nil,
        ]
        let shown = MaskedSpec.mask(spec)
        #expect(shown["password"] == "********")
        #expect(shown["s3_key"] == ["file": "/f"])
        #expect(shown["s3_key_secret"] == "********")
        #expect(shown["custom_options"]?["repo-cipher-pass"] == "********")
        #expect(shown["custom_options"]?["repo1-s3-key-type"] == "shared")
        #expect(shown["custom_options"]?["repo-cipher-type"] == "none")
        #expect(shown["list"]?[0] == ["azure_key": "********", "port": 1])
        #expect(shown["token"] == "********")
    }

    private func context(_ home: Home, arguments: [String] = ["pgstanza", "backup", "example"]) -> CommandContext {
        CommandContext(
            home: home, configuration: HostConfiguration(), environment: Environment([:]),
            output: Output(style: OutputStyle(isQuiet: true), writeOutput: { _ in true }, writeError: { _ in true }),
            terminal: Terminal(inputIsTerminal: false, outputIsTerminal: false, errorIsTerminal: false),
            session: Session(), arguments: arguments)
    }

    @Test("without a terminal and without --yes nothing is done")
    func unconfirmed() async throws {
        let context = context(Home(path: "/nowhere"))
        try await context.confirm("All will be lost.", isAgreed: true)
        let error = await #expect(throws: CommandsError.self) {
            try await context.confirm("All will be lost.", typing: "example", isAgreed: false)
        }
        #expect(error?.kind == .refused)
        #expect(error?.message.hasPrefix("All will be lost.") == true)
        #expect(error?.hint?.contains("--yes") == true)
    }

    @Test("a command that runs as a task leaves its record and its log, however it ends")
    func tasks() async throws {
        struct Broken: Error {}
        try await Place.with { place in
            let context = context(
                place.home, arguments: ["pgstanza", "restore", "example", "--repository", "{\"s3_key\": \"x\"}"])
            let value = try await context.runTask(TaskDescription("restore", "example", nodes: ["n1"])) { task in
                task.operation.reporter.report(.phase(node: "n1", text: "copying"))
                task.operation.reporter.report(.childLine(node: "n1", text: "said by a child"))
                return 7
            }
            #expect(value == 7)
            let done = try #require(try context.tasks.list().first)
            #expect(done.state == .done)
            #expect(done.endedAt != nil)
            #expect(done.command == "pgstanza restore example --repository ********")
            #expect(context.session.task == done.id)
            let log = try AtomicFile.readText(context.tasks.logPath(done))
            #expect(log.contains("Z n1: copying\n") && log.contains("Z n1: said by a child\n"))

            let failure = CommandsError(.busy, code: "busy", "somebody has it", hint: "wait")
            for (error, state, code) in [
                (failure as any Error, TaskState.failed, 75 as Int32), (CancellationError(), .cancelled, 130),
                (Broken(), .failed, 70),
            ] {
                let before = Set(try context.tasks.list().map(\.id))
                await #expect(throws: (any Error).self) {
                    try await context.runTask(TaskDescription("backup", "example")) { _ in throw error }
                }
                let ended = try #require(try context.tasks.list().first { !before.contains($0.id) })
                #expect(ended.state == state)
                #expect(ended.error?.exitCode == code)
                #expect(try AtomicFile.readText(context.tasks.logPath(ended)).contains("error: "))
            }
        }
    }
}
