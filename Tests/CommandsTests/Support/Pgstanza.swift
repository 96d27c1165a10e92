import Catalog
import Foundation
import Glibc
import PositionedJSON

/// What a run of the executable came to.
struct Run {
    let status: Int32
    let output: String
    let error: String

    /// The document on standard output.
    func json() throws -> JSONTree { try JSONTree.parse(output) }

    /// The error document: the last line of standard error.
    func errorJSON() throws -> JSONTree {
        try JSONTree.parse(String(error.split(separator: "\n").last ?? ""))
    }
}

/// A directory with a home in it, and the executable to run there.
struct Place {
    let path: String
    let home: Home
    let isRoot = geteuid() == 0

    /// The executable beside the test bundle, or the one that is named.
    static let executable: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(fileURLWithPath: bundle).deletingLastPathComponent().path + "/pgstanza"
        return ProcessInfo.processInfo.environment["PGSTANZA_EXECUTABLE"] ?? beside
    }()

    /// Hands `body` a new place, and removes it afterwards. The home is not made.
    static func with<Result>(_ body: (Place) async throws -> Result) async throws -> Result {
        let path = "/tmp/pgstanza-commands-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(Place(path: path, home: Home(path: path + "/home")))
    }

    /// Gives the home to the user that Postgres runs as, when the tests run as root, who may not have one.
    func giveHome() throws {
        guard isRoot else { return }
        let chown = Process()
        chown.executableURL = URL(fileURLWithPath: "/bin/chown")
        chown.arguments = ["-R", "postgres:", home.path]
        try chown.run()
        chown.waitUntilExit()
    }

    /// Writes a file beside the home.
    func file(_ name: String, _ text: String, mode: UInt32 = 0o644) throws -> String {
        let file = path + "/" + name
        try AtomicFile.write(text, to: file, mode: mode)
        return file
    }

    /// Starts the executable with this home; its streams go to files.
    func start(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:], shell: String? = nil
    ) throws -> Started {
        let process = Process()
        let id = UUID().uuidString
        if let shell {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", shell, Self.executable] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: Self.executable)
            process.arguments = arguments
        }
        process.environment = ["PATH": "/usr/bin:/bin", "PGSTANZA_HOME": home.path].merging(environment) { $1 }
        let names = (output: "\(path)/\(id).out", error: "\(path)/\(id).err", input: "\(path)/\(id).in")
        try AtomicFile.write(input ?? "", to: names.input)
        for name in [names.output, names.error] { try AtomicFile.write("", to: name) }
        process.standardInput = FileHandle(forReadingAtPath: names.input)
        process.standardOutput = FileHandle(forWritingAtPath: names.output)
        process.standardError = FileHandle(forWritingAtPath: names.error)
        try process.run()
        return Started(process: process, output: names.output, error: names.error)
    }

    /// Runs the executable to its end.
    func run(
        _ arguments: String..., input: String? = nil, environment: [String: String] = [:]
    ) async throws -> Run {
        try await start(arguments, input: input, environment: environment).end()
    }

    /// Runs a shell script in which `"$0"` is the executable.
    func shell(_ script: String, _ arguments: String...) async throws -> Run {
        try await start(arguments, shell: script).end()
    }

    struct Started {
        let process: Process
        let output: String
        let error: String

        func end() async throws -> Run {
            process.waitUntilExit()
            let signal = process.terminationReason == .uncaughtSignal
            return Run(
                status: signal ? -process.terminationStatus : process.terminationStatus,
                output: try AtomicFile.readText(output), error: try AtomicFile.readText(error))
        }

        /// Waits until standard error holds `text`.
        func waitFor(_ text: String) async throws {
            while process.isRunning, try !AtomicFile.readText(error).contains(text) {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

/// A spec that is valid and needs nothing.
let smallSpec = """
    {"id": "example", "spec": {"database_name": "shop",
      "nodes": [{"name": "n1", "host_ids": ["host-1"]}],
      "database_users": [{"username": "app", "password": "hunter2hunter2"}],
      "backup_config": {"repositories": [{"type": "s3", "s3_bucket": "bucket", "s3_region": "eu-west-1",
        "s3_key": "AKIAEXAMPLE", "s3_key_secret": "topsecretvalue",
        "custom_options": {"repo1-cipher-type": "aes-256-cbc", "cipher-pass": {"file": "/etc/pass"}}}]}}}
    """
