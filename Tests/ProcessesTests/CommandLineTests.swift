import Testing

@testable import Processes

@Suite struct CommandLineTests {
    @Test func rendersWhatAShellWouldReadBack() {
        let command = CommandLine(
            program: "/usr/bin/pgbackrest",
            arguments: [
                "--annotation=by=O'Brien & co", "", "--target=2025-01-01 00:00:00+00", "$(id)", "a\nb", "plain-1.2/x",
            ])
        #expect(
            command.rendered
                == "/usr/bin/pgbackrest '--annotation=by=O'\\''Brien & co' '' '--target=2025-01-01 00:00:00+00'"
                + " '$(id)' 'a\nb' plain-1.2/x")
    }

    @Test func renderedTextMeansTheSameArgumentsToARealShell() async throws {
        let words = ["it's", "", "a b", "*", "\\", "\"", "~", "ä\tx", "-n", "#c"]
        let printing = CommandLine(program: "printf", arguments: ["%s\\n"] + words)
        let shell = CommandLine(program: "/bin/sh", arguments: ["-c", printing.rendered])
        #expect(try await ProcessRunner.run(shell).output == words)
    }

    @Test func theCleanEnvironmentHasFourVariables() {
        let environment = CommandLine.cleanEnvironment
        #expect(environment.keys.sorted() == ["HOME", "LANG", "PATH", "TZ"])
        #expect(environment["TZ"] == "UTC")
        #expect(environment["LANG"] == "C.UTF-8")
        #expect(environment["HOME"]?.hasPrefix("/") == true)
    }
}
