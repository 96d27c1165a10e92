import Foundation
import Glibc
import PositionedJSON
import Synchronization

/// Runs `body` in a sandbox of its own and takes everything down afterwards, whether or not it throws.
///
/// ```swift
/// @Test func createsANode() async throws {
///     try await withSandbox { box in
///         let spec = try box.write("spec.json", box.spec(id: "shop").text(pretty: true))
///         try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
///         let node = try await box.instances(of: "shop")[0]
///         #expect(try await node.value("SELECT count(*) FROM pg_replication_slots") == "0")
///     }
/// }
/// ```
/// What every program said is in `end-to-end-logs/TEST.log` beside the test bundle, with the ends of the
/// servers' and pgBackRest's own logs.
func withSandbox<Value>(
    _ test: String = #function, file: String = #fileID, _ body: (Sandbox) async throws -> Value
) async throws -> Value {
    await Turnstile.shared.enter()
    let sandbox: Sandbox
    do {
        sandbox = try Sandbox(test: test, file: file)
    } catch {
        await Turnstile.shared.leave()
        throw error
    }
    do {
        let value = try await body(sandbox)
        await sandbox.takeDown(failure: nil)
        await Turnstile.shared.leave()
        return value
    } catch {
        await sandbox.takeDown(failure: error)
        await Turnstile.shared.leave()
        throw FixtureError("\(error)\n(log: \(sandbox.log.path))")
    }
}

/// A directory with a copy of the executable and a home, owned by the account that runs Postgres.
final class Sandbox: Sendable {
    /// Short, since a Unix socket's path has at most 107 bytes.
    let path: String
    /// pgstanza's home directory; not made yet.
    let home: String
    /// The copy of the executable.
    let executable: String
    let account = Account.current
    let log: TestLog

    private let state = Mutex(State())
    private struct State {
        var commands = 0
        var endings: [@Sendable () async -> Void] = []
    }

    init(test: String, file: String) throws {
        _ = Leftovers.sweptOnce
        var template = Array("/tmp/pgs-\(getpid())-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw FixtureError("cannot make a directory under /tmp: \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        home = path + "/home"
        executable = path + "/bin/pgstanza"
        log = TestLog(test: test, file: file)
        chmod(path, 0o755)
        for directory in ["bin", "out"] {
            mkdir(path + "/" + directory, 0o755)
            chown(path + "/" + directory, account.uid, account.gid)
        }
        try Workspace.installExecutable(in: path + "/bin")
        chown(path, account.uid, account.gid)
    }

    // MARK: - Files

    /// Writes a file of the account's at `name` (relative to the sandbox) and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
        let target = name.hasPrefix("/") ? name : path + "/" + name
        try makeDirectory(URL(fileURLWithPath: target).deletingLastPathComponent().path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: target))
        chmod(target, mode)
        chown(target, account.uid, account.gid)
        return target
    }

    /// Makes a directory of the account's, parents included, and returns its path.
    @discardableResult
    func makeDirectory(_ name: String) throws -> String {
        let target = name.hasPrefix("/") ? name : path + "/" + name
        if FileManager.default.fileExists(atPath: target) { return target }
        try makeDirectory(URL(fileURLWithPath: target).deletingLastPathComponent().path)
        mkdir(target, 0o755)
        chown(target, account.uid, account.gid)
        return target
    }

    func read(_ name: String) -> String { readText(name.hasPrefix("/") ? name : path + "/" + name) }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: name.hasPrefix("/") ? name : path + "/" + name)
    }

    // MARK: - Programs

    enum Caller: Sendable {
        /// Whoever runs the tests: as root, pgstanza has to become the owner of its home.
        case tester
        /// The account that runs Postgres.
        case account
    }

    /// The environment that programs get: nothing of the tester's own.
    var environment: [String: String] {
        [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": path,
            "PGSTANZA_HOME": home,
        ]
    }

    /// Runs pgstanza to its end. Its home is the sandbox's, by `PGSTANZA_HOME`.
    func pgstanza(
        _ arguments: String..., as caller: Caller = .tester, stdin: String? = nil,
        environment extra: [String: String] = [:], timeLimit: Double = 180
    ) async throws -> ProgramResult {
        try await pgstanza(arguments, as: caller, stdin: stdin, environment: extra, timeLimit: timeLimit)
    }

    func pgstanza(
        _ arguments: [String], as caller: Caller = .tester, stdin: String? = nil,
        environment extra: [String: String] = [:], timeLimit: Double = 180
    ) async throws -> ProgramResult {
        try await run(
            [executable] + arguments, as: caller, stdin: stdin, environment: extra, timeLimit: timeLimit)
    }

    /// Starts pgstanza and returns at once, for tests that kill it or do something meanwhile.
    func startPgstanza(
        _ arguments: String..., as caller: Caller = .tester, stdin: String? = nil,
        environment extra: [String: String] = [:]
    ) throws -> RunningProgram {
        try start([executable] + arguments, as: caller, stdin: stdin, environment: extra)
    }

    /// Runs any program (an absolute path, or a name found in /usr/bin) to its end.
    func run(
        _ arguments: [String], as caller: Caller = .account, stdin: String? = nil,
        environment extra: [String: String] = [:], timeLimit: Double = 120
    ) async throws -> ProgramResult {
        let program = try start(arguments, as: caller, stdin: stdin, environment: extra)
        do {
            let result = try await program.wait(timeLimit: timeLimit)
            log.add(result)
            return result
        } catch {
            log.add("\(error)")
            throw error
        }
    }

    /// Starts any program; what still runs at the end of the test is killed.
    func start(
        _ arguments: [String], as caller: Caller = .account, stdin: String? = nil,
        environment extra: [String: String] = [:]
    ) throws -> RunningProgram {
        let number = state.withLock { state -> Int in
            state.commands += 1
            return state.commands
        }
        let files = path + "/out/\(number)"
        let input = try stdin.map { try write("out/\(number).in", $0) } ?? "/dev/null"
        var line = arguments
        if !line[0].hasPrefix("/") { line[0] = "/usr/bin/" + line[0] }
        return try RunningProgram.start(
            caller == .account ? account.commandLine(line) : line,
            environment: environment.merging(extra) { $1 }, directory: path, inputPath: input,
            outputPath: files + ".out", errorPath: files + ".err", shownAs: shellQuoted(line))
    }

    // MARK: - The end

    /// Has `action` run when the test has ended, the last one first, before servers are stopped.
    func atEnd(_ action: @escaping @Sendable () async -> Void) {
        state.withLock { $0.endings.append(action) }
    }

    fileprivate func takeDown(failure: (any Error)?) async {
        if let failure { log.add("FAILED: \(failure)") }
        for ending in state.withLock({ $0.endings }).reversed() { await ending() }
        log.addEnds(ofLogsUnder: path)
        await Leftovers.end(processesOf: path)
        Leftovers.remove(path)
    }
}
