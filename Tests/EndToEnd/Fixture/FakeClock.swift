import Foundation

/// Another wall clock for single programs; the machine's own is never touched.
///
/// A library that is preloaded, of the tests' own: libfaketime shifts the clocks that sleeping goes by as well, and moves
/// the environment while it is loaded, so that Swift, which looks for a program's arguments beside it, finds none.
enum FakeClock {
    /// What is put before a command line. `offset`: such as `-1h` or `+1d`; nothing is the right time.
    static func prefix(_ offset: String?) throws -> [String] {
        guard let offset else { return [] }
        let library = try library.get()
        return ["/usr/bin/env", "LD_PRELOAD=\(library)", "PGSTANZA_TEST_CLOCK=\(Int(seconds(offset)))"]
    }

    static func seconds(_ offset: String?) -> Double {
        guard let offset else { return 0 }
        return (Double(offset.dropLast()) ?? 0) * (offset.hasSuffix("d") ? 86_400 : offset.hasSuffix("h") ? 3600 : 60)
    }

    /// Made once, with the C compiler that comes with Swift.
    private static let library = Result {
        let path = try Workspace.stage.get() + "/other-clock.so"
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = [
            "clang", "-shared", "-fPIC", "-o", path, Workspace.root + "/Tests/Support/other-clock.c", "-ldl",
        ]
        try compiler.run()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else {
            throw FixtureError("clang, which comes with Swift, cannot make a library of Tests/Support/other-clock.c")
        }
        chmod(path, 0o755)
        return path
    }
}

extension Sandbox {
    /// Runs pgstanza by another clock, as the account.
    func pgstanza(
        _ arguments: String..., clock offset: String?, timeLimit: Double = 180
    ) async throws -> ProgramResult {
        try await run(try FakeClock.prefix(offset) + [executable] + arguments, timeLimit: timeLimit)
    }
}
