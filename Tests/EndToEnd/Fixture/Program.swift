import Foundation
import Glibc
import PositionedJSON

/// How a program ended and what it said.
struct ProgramResult: Sendable {
    /// The command line, for messages.
    let command: String
    /// As a shell gives it: 128 + n for a program ended by signal n.
    let exitCode: Int32
    let output: String
    let errorOutput: String
    let seconds: Double

    /// Lines of standard output without the empty last one.
    var lines: [String] {
        output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropTrailingEmpty()
    }

    /// Standard output as exactly one JSON document.
    func json() throws -> JSONTree {
        do {
            return try JSONTree.parse(output)
        } catch {
            throw FixtureError("standard output is not one JSON document (\(error)):\n\(summary)")
        }
    }

    /// The JSON error object that a command with `--json` leaves as the last line of standard error.
    func jsonError() throws -> JSONTree {
        guard let last = errorOutput.split(separator: "\n").last else {
            throw FixtureError("standard error is empty, an error object was expected:\n\(summary)")
        }
        do {
            return try JSONTree.parse(String(last))
        } catch {
            throw FixtureError("the last line of standard error is not a JSON object (\(error)):\n\(summary)")
        }
    }

    /// Ends the test unless the program ended with this code; the message holds all that it said.
    @discardableResult
    func expect(exit code: Int32, file: String = #fileID, line: Int = #line) throws -> ProgramResult {
        if exitCode != code {
            throw FixtureError(
                "\(file):\(line): exit code \(exitCode), expected \(code)\n\(summary)")
        }
        return self
    }

    /// Everything there is to know, for a failure's message.
    var summary: String {
        "$ \(command)\nexit \(exitCode)\nstdout: \(tail(output))\nstderr: \(tail(errorOutput))"
    }

    private func tail(_ text: String) -> String {
        text.count > 6000 ? "…" + String(text.suffix(6000)) : text
    }
}

/// Something the fixture could not do, or an expectation that ends the test.
struct FixtureError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A program that was started in a process group of its own, its output going to files.
///
/// Files and not pipes: a daemon that outlives the program cannot hang the reader, and nothing is lost when it is killed.
struct RunningProgram: Sendable {
    let pid: pid_t
    let command: String
    let started: ContinuousClock.Instant
    let outputPath: String
    let errorPath: String

    /// Starts `arguments[0]` (an absolute path) with exactly this environment.
    static func start(
        _ arguments: [String], environment: [String: String], directory: String, inputPath: String = "/dev/null",
        outputPath: String, errorPath: String, shownAs command: String
    ) throws -> RunningProgram {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        // Swift's runtime and the test runner may have signals blocked or ignored; the child starts clean.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        // Glibc's module has no posix_spawn_file_actions_addchdir_np; env changes the directory and becomes the program.
        let argv = (["/usr/bin/env", "-C", directory] + arguments).map { strdup($0) } + [nil]
        let envp = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, argv, envp)
        guard status == 0 else {
            throw FixtureError("cannot start \(command): \(String(cString: strerror(status)))")
        }
        return RunningProgram(
            pid: pid, command: command, started: .now, outputPath: outputPath, errorPath: errorPath)
    }

    /// Sends a signal to the program alone.
    func signal(_ number: Int32) { kill(pid, number) }

    /// Sends a signal to the program and those of its children that stayed in its process group.
    func signalGroup(_ number: Int32) { kill(-pid, number) }

    /// What it has written to standard output so far.
    var outputSoFar: String { readText(outputPath) }
    /// What it has written to standard error so far.
    var errorOutputSoFar: String { readText(errorPath) }

    /// Waits for the end; call it once. Beyond the limit, from now on, the whole process group is killed and the test
    /// ends.
    func wait(timeLimit: Double = 120) async throws -> ProgramResult {
        let start = ContinuousClock.now
        while true {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                return result(exitCode: status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f))
            }
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                end()
                throw error
            }
            if ContinuousClock.now - start > .seconds(timeLimit) {
                end()
                throw FixtureError("still running after \(timeLimit) s, killed:\n\(result(exitCode: 137).summary)")
            }
        }
    }

    /// Kills the process group and reaps the program.
    private func end() {
        signalGroup(SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    private func result(exitCode: Int32) -> ProgramResult {
        ProgramResult(
            command: command, exitCode: exitCode, output: outputSoFar, errorOutput: errorOutputSoFar,
            seconds: (ContinuousClock.now - started) / .seconds(1))
    }
}

/// Arguments as they could be pasted into a shell.
func shellQuoted(_ arguments: [String]) -> String {
    arguments.map { argument in
        let plain = argument.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=:,@%+".contains($0)) }
        return plain && !argument.isEmpty
            ? argument : "'" + argument.replacingOccurrences(of: "'", with: #"'\''"#) + "'"
    }.joined(separator: " ")
}

/// A file's text, empty when there is none.
func readText(_ path: String) -> String {
    // Foundation takes megabytes for each file that does not tell its size, as those of /proc.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { break }
        bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}

extension Array where Element == String {
    fileprivate func dropTrailingEmpty() -> [String] { last == "" ? Array(dropLast()) : self }
}
