import Failures
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Processes

/// What a run said, line by line, for tests that look at the order or the moment.
private final class Heard: Sendable {
    private let lines = Mutex<[OutputLine]>([])
    func add(_ line: OutputLine) { lines.withLock { $0.append(line) } }
    var texts: [String] { lines.withLock { $0.map(\.text) } }

    func wait(for text: String) async throws {
        for _ in 0..<1000 {
            if texts.contains(text) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("never heard \(text), only \(texts)")
    }
}

private func shell(_ script: String) -> Processes.CommandLine {
    CommandLine(program: "/bin/sh", arguments: ["-c", script])
}

@Suite struct ProcessRunnerTests {
    @Test func keepsBothStreamsAndTheExitCode() async throws {
        let result = try await ProcessRunner.run(shell("echo one; echo two >&2; printf 'no line feed'; exit 7"))
        #expect(result.exit == .exited(7))
        #expect(result.output == ["one", "no line feed"])
        #expect(result.errorOutput == ["two"])
        #expect(result.seconds > 0 && result.seconds < 10)
    }

    @Test func tellsASignalFromAnExitCode() async throws {
        #expect(try await ProcessRunner.run(shell("kill -9 $$")).exit == .signalled(9))
        #expect(try await ProcessRunner.run(shell("exit 137")).exit == .exited(137))
    }

    @Test func streamsEveryLineAndKeepsTheLast() async throws {
        let heard = Heard()
        let result = try await ProcessRunner.run(
            shell("seq 1 20000; seq 1 3 >&2"), options: ProcessOptions(keepLines: 2, onLine: { heard.add($0) }))
        #expect(heard.texts.count == 20003)
        #expect(result.output == ["19999", "20000"])
        #expect(result.errorOutput == ["2", "3"])
    }

    @Test func takesALineOfManyMegabytes() async throws {
        let result = try await ProcessRunner.run(shell("head -c 5000000 /dev/zero | tr '\\0' x; echo; echo end"))
        #expect(result.output.map(\.utf8.count) == [5_000_000, 3])
    }

    @Test func givesTheChildNothingOfOurEnvironment() async throws {
        setenv("PGBACKREST_REPO1_PATH", "/leaked", 1)
        setenv("PGHOST", "leaked", 1)
        defer {
            unsetenv("PGBACKREST_REPO1_PATH")
            unsetenv("PGHOST")
        }
        let clean = try await ProcessRunner.run(CommandLine(program: "/usr/bin/env"))
        #expect(Set(clean.output.compactMap { $0.split(separator: "=").first }) == ["PATH", "HOME", "LANG", "TZ"])
        let own = try await ProcessRunner.run(CommandLine(program: "/usr/bin/env", environment: ["A": "b c"]))
        #expect(own.output == ["A=b c"])
    }

    @Test func startsInTheRootDirectoryUnlessToldOtherwise() async throws {
        #expect(try await ProcessRunner.run(CommandLine(program: "pwd")).output == ["/"])
        #expect(
            try await ProcessRunner.run(CommandLine(program: "pwd", workingDirectory: "/usr")).output == ["/usr"])
    }

    @Test func givesAnEmptyStandardInputOrTheDescriptor() async throws {
        #expect(try await ProcessRunner.run(CommandLine(program: "cat")).output == [])
        let file = try FileDescriptor.open("/etc/hostname", .readOnly)
        defer { try? file.close() }
        let result = try await ProcessRunner.run(
            CommandLine(program: "cat"), options: ProcessOptions(input: file))
        #expect(result.output.count == 1 && result.output[0].isEmpty == false)
    }

    @Test func theChildLeadsItsOwnSession() async throws {
        let result = try await ProcessRunner.run(shell("echo $$; cut -d' ' -f5,6 /proc/$$/stat"))
        let pid = try #require(result.output.first)
        #expect(result.output.last == "\(pid) \(pid)")
    }

    @Test func aDaemonThatKeepsThePipesDoesNotHoldUsUp() async throws {
        let result = try await ProcessRunner.run(shell("setsid sleep 20 & echo $!; exit 3"))
        if let pid = result.output.first.flatMap({ Int32($0) }) { kill(pid, SIGKILL) }
        #expect(result.exit == .exited(3))
        #expect(result.seconds < 10)
    }

    @Test func manyRunsSideBySideLoseNothing() async throws {
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try await ProcessRunner.run(shell("seq 1 500"), options: ProcessOptions(keepLines: .max)).output
                        .count
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == Array(repeating: 500, count: 40))
    }
}

@Suite struct ProcessFailureTests {
    @Test func aMissingProgramIsUnavailable() async throws {
        for name in ["/nonexistent/pgbackrest", "no-such-program-here", "relative/path", "", "/usr/bin"] {
            let error = await #expect(throws: ProcessError.self) {
                try await ProcessRunner.run(CommandLine(program: name))
            }
            #expect(error?.reason == .missing)
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("not found") == true)
        }
        #expect(ProcessRunner.find("no-such-program-here") == nil)
        #expect(ProcessRunner.find("sh")?.hasSuffix("/sh") == true)
    }

    @Test func aFileThatIsNoProgramIsNotPermitted() async throws {
        let path = "/tmp/pgstanza-no-program-\(getpid())"
        try FileDescriptor.open(path, .writeOnly, options: [.create], permissions: [.ownerRead]).close()
        defer { unlink(path) }
        let error = await #expect(throws: ProcessError.self) {
            try await ProcessRunner.run(CommandLine(program: path))
        }
        #expect(error?.reason == .notExecutable(path))
        #expect(error?.kind == .notPermitted)
    }

    @Test func aWorkingDirectoryThatIsNotThereIsSaid() async throws {
        let error = await #expect(throws: ProcessError.self) {
            try await ProcessRunner.run(CommandLine(program: "pwd", workingDirectory: "/nonexistent"))
        }
        guard case .cannotStart(let why) = error?.reason else {
            Issue.record("not cannotStart but \(String(describing: error))")
            return
        }
        #expect(why.contains("/nonexistent"))
    }

    @Test func aFailureKeepsCommandExitAndLastLines() async throws {
        let error = await #expect(throws: ProcessError.self) {
            try await ProcessRunner.runSuccessfully(shell("echo out; echo why >&2; exit 3"))
        }
        #expect(error?.kind == .operation)
        #expect(error?.message == "program /bin/sh failed with exit code 3")
        #expect(error?.details == ["command: /bin/sh -c 'echo out; echo why >&2; exit 3'", "why"])
        try await ProcessRunner.runSuccessfully(shell("exit 0"))
    }

    @Test func theTimeLimitStopsTheWholeGroup() async throws {
        let error = await #expect(throws: ProcessError.self) {
            try await ProcessRunner.run(
                shell("sleep 60 & echo $!; wait"), options: ProcessOptions(timeLimit: 0.3, graceSeconds: 1))
        }
        guard case .timeLimit(0.3, let result) = error?.reason else {
            Issue.record("not timeLimit but \(String(describing: error))")
            return
        }
        #expect(error?.message == "program /bin/sh did not end within 0.3 s and was stopped")
        let pid = try #require(result.output.first.flatMap { Int32($0) })
        // A killed orphan stays a zombie until init has waited for it.
        var gone = false
        for _ in 0..<200 where !gone {
            gone = kill(pid, 0) != 0 || isZombie(pid)
            if !gone { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(gone)
    }

    private func isZombie(_ pid: Int32) -> Bool {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return true }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer[..<count], as: UTF8.self).contains(") Z ")
    }
}

@Suite struct CancellationTests {
    /// Runs `script`, cancels once it has said "ready", and gives back what it said and whether it was a cancellation.
    private func cancel(_ script: String, grace: Double) async throws -> (heard: [String], seconds: Double) {
        let heard = Heard()
        let task = Task {
            try await ProcessRunner.run(
                shell(script), options: ProcessOptions(onLine: { heard.add($0) }, graceSeconds: grace))
        }
        try await heard.wait(for: "ready")
        let begin = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        let took = (ContinuousClock.now - begin).components
        return (heard.texts, Double(took.seconds) + Double(took.attoseconds) / 1e18)
    }

    @Test func aChildCleansUpAndItsLastWordsAreHeard() async throws {
        let (heard, _) = try await cancel(
            "trap 'echo cleaning; sleep 0.3; echo cleaned; echo error >&2; exit 0' INT; echo ready; "
                + "while :; do sleep 0.05; done", grace: 20)
        #expect(heard.contains("cleaned"))
        #expect(heard.contains("error"))
    }

    @Test func aChildThatIgnoresSIGINTGetsSIGTERM() async throws {
        let (heard, seconds) = try await cancel(
            "trap '' INT; trap 'echo terminated; exit 1' TERM; echo ready; while :; do sleep 0.05; done", grace: 0.3)
        #expect(heard.contains("terminated"))
        #expect(seconds >= 0.3)
    }

    @Test func aChildThatIgnoresBothIsKilled() async throws {
        let (heard, seconds) = try await cancel(
            "trap 'echo int' INT; trap 'echo term' TERM; echo ready; while :; do sleep 0.05; done", grace: 0.3)
        #expect(heard.filter { ["int", "term"].contains($0) } == ["int", "term"])
        #expect(seconds >= 0.6 && seconds < 10)
    }

    @Test func aTaskThatIsAlreadyCancelledStartsNothing() async throws {
        let heard = Heard()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await ProcessRunner.run(shell("echo ran"), options: ProcessOptions(onLine: { heard.add($0) }))
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(heard.texts == [])
    }
}
