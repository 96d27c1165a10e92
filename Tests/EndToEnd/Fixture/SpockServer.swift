import Foundation
import Glibc

/// The PostgreSQL with Spock that the tests of Spock run: the real one whose programs `PGSTANZA_TEST_SPOCK_BIN` names,
/// else a private copy of the installed one with a stand-in, made once (see `Tests/Support/spock`).
enum SpockServer {
    /// Whether commits are Spock's own, with all that only the real one does.
    static let isReal = ProcessInfo.processInfo.environment["PGSTANZA_TEST_SPOCK_BIN"] != nil

    /// Directory of its programs.
    static func programs() throws -> String { try made.get() }

    private static let made: Result<String, any Error> = Result {
        if let real = ProcessInfo.processInfo.environment["PGSTANZA_TEST_SPOCK_BIN"] { return real }
        let install = Process()
        install.executableURL = URL(fileURLWithPath: Workspace.root + "/Tests/Support/spock/install")
        install.arguments = [directory]
        let (output, errors) = (Pipe(), Pipe())
        install.standardOutput = output
        install.standardError = errors
        atexit { Leftovers.remove(SpockServer.directory) }
        try install.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        install.waitUntilExit()
        guard install.terminationStatus == 0 else {
            throw FixtureError("no stand-in for Spock: \(String(decoding: complaint, as: UTF8.self))")
        }
        return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Everybody may enter it; its name is one that a later run sweeps away when this one was killed.
    private static let directory = "/tmp/pgs-\(getpid())-spock"
}
