import FoundationEssentials
import Glibc
import Processes
import Spec

@testable import PgBackRest

/// A real server with a real stanza, in a directory of its own; nothing of it listens on a network.
///
/// Servers do not run as root: started as root, the test lets `postgres` own and run everything.
struct TestCluster: Sendable {
    static let binaries = "/usr/lib/postgresql/15/bin"
    static let port = 6990

    let directory: String
    let backrest: PgBackRest

    var pgdata: String { directory + "/pgdata" }
    private var isRoot: Bool { geteuid() == 0 }

    /// Makes cluster and configuration, starts the server, and takes everything down again whatever happens.
    static func with(
        _ change: (inout StanzaConfigurationInput) -> Void = { _ in }, _ body: (TestCluster) async throws -> Void
    ) async throws {
        let directory = "/tmp/pgstanza-backrest-\(UUID().uuidString.prefix(8))"
        let cluster = TestCluster(
            directory: directory,
            backrest: PgBackRest(
                program: directory + "/pgbackrest", configPath: directory + "/stanza.conf", stanza: "db"))
        do {
            try await cluster.make(change)
            try await body(cluster)
        } catch {
            await cluster.remove()
            throw error
        }
        await cluster.remove()
    }

    private func make(_ change: (inout StanzaConfigurationInput) -> Void) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        // What a reader of WAL puts down for archive-get belongs to the user that the test runs as.
        let asOwner = "case \" $* \" in *' archive-get '*) ;; *) set -- runuser -u postgres -- \"$@\" ;; esac\n"
        let wrapper = "#!/bin/sh\nset -- pgbackrest \"$@\"\n" + (isRoot ? asOwner : "") + "exec \"$@\"\n"
        try write(wrapper, to: backrest.program)
        chmod(backrest.program, 0o755)

        var input = sampleInput([Repository(id: "local", kind: .posix, basePath: directory + "/repo")])
        input.pgdata = pgdata
        input.port = Self.port
        input.socketDir = directory
        for name in ["lock", "log", "spool"] {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        input.lockPath = directory + "/lock"
        input.logPath = directory + "/log"
        input.spoolPath = directory + "/spool"
        input.cores = 2
        input.bundleRepos = [1]
        change(&input)
        try write(try StanzaConfiguration.text(input), to: backrest.configPath)
        if isRoot { try await run("chown", ["-R", "postgres:", directory], asOwner: false) }
        try await makeServer()
        try await startServer()
    }

    /// A new cluster at the same place, with settings that archive to the stanza.
    func makeServer() async throws {
        try await run(Self.binaries + "/initdb", ["-D", pgdata, "-U", "postgres", "-A", "trust", "-k", "-N"])
        let settings = """
            port = \(Self.port)
            listen_addresses = ''
            unix_socket_directories = '\(directory)'
            fsync = off
            archive_mode = on
            archive_command = 'pgbackrest --config=\(backrest.configPath) --stanza=db archive-push %p'

            """
        let path = pgdata + "/postgresql.conf"
        try write(try readFile(path) + settings, to: path)
    }

    func startServer() async throws {
        try await run(
            Self.binaries + "/pg_ctl", ["-D", pgdata, "-l", directory + "/server.log", "-w", "-t", "60", "start"])
    }

    func stopServer(mode: String = "fast") async throws {
        try await run(Self.binaries + "/pg_ctl", ["-D", pgdata, "-m", mode, "-w", "-t", "60", "stop"])
    }

    @discardableResult
    func query(_ sql: String) async throws -> [String] {
        try await run(
            Self.binaries + "/psql",
            ["-h", directory, "-p", String(Self.port), "-U", "postgres", "-XAtqc", sql, "-v", "ON_ERROR_STOP=1"])
    }

    func waitForPromotion() async throws {
        for _ in 0..<300 {
            if try await query("select pg_is_in_recovery()") == ["f"] { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw TestClusterError(message: "the server was not promoted")
    }

    /// Waits until the segment that was current is in the archive.
    func archiveCurrentSegment() async throws {
        let current = try await query(
            "select pg_walfile_name(pg_current_wal_lsn()) from pg_create_restore_point('end')")
        try await query("select pg_switch_wal()")
        for _ in 0..<300 {
            let last = try await query("select coalesce(last_archived_wal, '') from pg_stat_archiver")
            if let last = last.first, let current = current.first, last.prefix(24) >= current { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw TestClusterError(message: "\(current) was not archived")
    }

    @discardableResult
    func run(_ program: String, _ arguments: [String], asOwner: Bool = true) async throws -> [String] {
        let command =
            asOwner && isRoot
            ? CommandLine(program: "runuser", arguments: ["-u", "postgres", "--", program] + arguments)
            : CommandLine(program: program, arguments: arguments)
        return try await ProcessRunner.runSuccessfully(command, options: ProcessOptions(timeLimit: 120)).output
    }

    private func write(_ text: String, to path: String) throws {
        // In place, so that a file keeps its owner.
        if FileManager.default.fileExists(atPath: path) {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        } else {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    private func remove() async {
        try? await stopServer(mode: "immediate")
        try? FileManager.default.removeItem(atPath: directory)
    }
}

struct TestClusterError: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
