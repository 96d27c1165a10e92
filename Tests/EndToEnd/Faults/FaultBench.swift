import Foundation
import Glibc
import PositionedJSON
import Testing

/// A database with one node and a replica that is restored, hurt and mended over and over.
final class FaultBench {
    let shop: Shop
    let primary: Instance
    let replica: Instance
    private var round = 0

    var box: Sandbox { shop.box }
    private var pausedFile: String { box.path + "/out/paused" }
    private var nodeDirectory: String { box.home + "/databases/\(shop.id)/n1" }

    init(_ box: Sandbox, change: (inout JSONTree) -> Void = { _ in }) async throws {
        shop = try await box.createShop(replicas: 1, change: change)
        primary = try shop.primary()
        replica = try #require(shop.replicas().first)
        try await shop.backup()
    }

    /// What a restore must leave as it was, and the rows it must bring.
    struct Before {
        let target: String
        var wanted: String
        /// Rows at the moment the restore begins, which an abort keeps.
        let latest: String
        let files: [String: String]
        let replicaInode: UInt64

        /// What an undo must leave: the rows at the moment the restore began.
        var undone: Before {
            var undone = self
            undone.wanted = latest
            return undone
        }
    }

    static let ownFiles = ["pg_hba.conf", "pg_ident.conf", "postgresql.conf", "postgresql.auto.conf"]

    /// Makes a past to go back to, and rows after it.
    func prepare() async throws -> Before {
        round += 1
        // pgBackRest knows the end of a backup to the second, and nothing within that second can be a target.
        try await Task.sleep(for: .milliseconds(1100))
        try await primary.query(
            "INSERT INTO t SELECT \(round) * 1000 + i, 'round \(round)' FROM generate_series(1, 200) i")
        let wanted = try await primary.contents(of: "t")
        let target = try await shop.moment()
        try await primary.query("DELETE FROM t WHERE i % 3 = 0; INSERT INTO t VALUES (-\(round), 'after')")
        return Before(
            target: target, wanted: wanted, latest: try await primary.contents(of: "t"), files: files(),
            replicaInode: inode(replica.dataDirectory))
    }

    func files() -> [String: String] {
        Dictionary(uniqueKeysWithValues: Self.ownFiles.map { ($0, readText(primary.dataDirectory + "/" + $0)) })
    }

    private func inode(_ path: String) -> UInt64 {
        var information = stat()
        return stat(path, &information) == 0 ? UInt64(information.st_ino) : 0
    }

    // MARK: - The journal

    /// The newest restore's journal.
    func journal() throws -> JSONTree { try JSONTree.parse(readText(try restoreDirectory() + "/journal.json")) }

    func restoreDirectory() throws -> String {
        let root = box.home + "/databases/\(shop.id)/restores"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        guard let newest = names.sorted().last else { throw FixtureError("no restore in \(root)") }
        return root + "/" + newest
    }

    func state(of step: String) -> String? {
        (try? journal())?["steps"]?[step]?["n1"]?["state"]?.stringValue
    }

    // MARK: - Killing

    /// Runs a command and kills as the case says. Throws unless the process killed was alive, inside the named step.
    ///
    /// Gives how pgstanza ended.
    @discardableResult
    func hurt(_ kase: KillCase, _ arguments: [String], clock: String? = nil) async throws -> ProgramResult {
        try? FileManager.default.removeItem(atPath: pausedFile)
        var environment: [String: String] = [:]
        if case .point(let point) = kase.moment {
            environment["PGSTANZA_TEST_PAUSE"] = point
            environment["PGSTANZA_TEST_PAUSED"] = pausedFile
        }
        let program = try box.start(
            FakeClock.prefix(clock) + [box.executable] + arguments, environment: environment)
        let child: SandboxProcess?
        switch kase.moment {
        case .point(let point):
            try await program.comes(to: "the point \(point)") { self.box.exists(self.pausedFile) }
            child = nil
        case .running(let name):
            var found: SandboxProcess?
            try await program.comes(to: "a child \(name) in \(kase.step)") {
                guard self.state(of: kase.step) == "running" else { return false }
                found = SandboxProcess.children(of: program.pid).first { $0.program == name }
                return found != nil
            }
            child = found
        }
        guard SandboxProcess(program.pid) != nil, kase.step.isEmpty || state(of: kase.step) == "running" else {
            throw FixtureError("\(kase): \(kase.step) is \(state(of: kase.step) ?? "?") at the kill")
        }
        try await strike(kase, program, child)
        try? FileManager.default.removeItem(atPath: pausedFile)
        let result = try await program.wait(timeLimit: 200)
        box.log.add("\(kase): \(result.summary)")
        if kase.victim == .reboot { try await boot() }
        return result
    }

    /// Runs a command, has `body` change the world while it is held at a point, lets it go on, and gives how it ended.
    /// `meanwhile` is run before it has ended.
    func hold(
        at point: String, _ arguments: [String], _ body: () async throws -> Void,
        meanwhile: () async throws -> Void = {}
    ) async throws -> ProgramResult {
        try? FileManager.default.removeItem(atPath: pausedFile)
        let program = try box.start(
            [box.executable] + arguments,
            environment: ["PGSTANZA_TEST_PAUSE": point, "PGSTANZA_TEST_PAUSED": pausedFile])
        try await program.comes(to: "the point \(point)") { self.box.exists(self.pausedFile) }
        try await body()
        try? FileManager.default.removeItem(atPath: pausedFile)
        try await meanwhile()
        let result = try await program.wait(timeLimit: 200)
        box.log.add("held at \(point): \(result.summary)")
        return result
    }

    private func strike(_ kase: KillCase, _ program: RunningProgram, _ child: SandboxProcess?) async throws {
        switch kase.victim {
        case .pgstanza, .parent: program.signal(SIGKILL)
        case .interrupt: program.signal(SIGINT)
        case .terminate: program.signal(SIGTERM)
        case .child: child?.kill()
        case .postmaster:
            guard let pid = primary.postmasterPID, let server = SandboxProcess(pid), server.program == "postgres" else {
                throw FixtureError("\(kase): no server to kill")
            }
            server.kill()
            while server.isAlive { try await Task.sleep(for: .milliseconds(5)) }
        case .everything, .reboot: try await box.cutPower()
        }
    }

    /// Starts what a boot would start: every data directory that stands in its place.
    private func boot() async throws {
        for instance in [primary, replica] where box.exists(instance.dataDirectory + "/PG_VERSION") {
            try await instance.pgCtl("-l", box.path + "/boot.log", "-w", "-t", "60", "start")
        }
    }

    /// A stranger is kept out by the fence of a server that runs in the middle of a restore.
    func requireFenced() async throws {
        guard let pid = primary.postmasterPID, SandboxProcess(pid) != nil else { return }
        let login = try await box.run(
            [
                "psql", "-X", "-h", primary.socketDirectory, "-p", String(primary.port), "-U", "stranger", "-d",
                primary.database, "-c", "SELECT 1",
            ])
        #expect(login.errorOutput.contains("pg_hba.conf rejects connection"), "\(login.summary)")
    }

    // MARK: - Afterwards

    /// Goes on and holds what there is then against an undisturbed restore.
    func resumeAndCheck(_ before: Before, clock: String? = nil) async throws {
        let done = try await box.pgstanza("restore", "resume", shop.id, "--json", clock: clock).expect(exit: 0).json()
        #expect(done["state"]?.stringValue == "done")
        for step in done["steps"]?.arrayValue ?? [] {
            #expect(step["nodes"]?[0]?["state"]?.stringValue == "done", "\(step.text(pretty: false))")
        }
        try await check(before)
    }

    func check(_ before: Before) async throws {
        #expect(try await primary.contents(of: "t") == before.wanted)
        #expect(try await primary.value("SELECT pg_is_in_recovery()") == "f")
        let timeline = try await primary.value("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")
        try await replica.waitFor(
            "SELECT lpad(upper(to_hex(received_tli)), 8, '0') FROM pg_stat_wal_receiver WHERE status = 'streaming'",
            toBe: timeline)
        try await replica.waitFor(
            "SELECT count(*) FROM t WHERE i = -\(round)", toBe: before.wanted == before.latest ? "1" : "0")
        #expect(try await replica.contents(of: "t") == before.wanted)
        try await checkSurroundings()
        let after = files()
        for name in Self.ownFiles where name != "postgresql.auto.conf" {
            #expect(after[name] == before.files[name], "\(name)")
        }
        #expect(
            Self.withoutArchiving(after["postgresql.auto.conf"])
                == Self.withoutArchiving(before.files["postgresql.auto.conf"]))
        #expect(try shop.leftoverSettings() == [])
        #expect(readText(nodeDirectory + "/conf/pg_hba.conf") == before.files["pg_hba.conf"])

        // Copied from the fenced primary, the replica lets its clients in again all the same.
        #expect(readText(replica.dataDirectory + "/pg_hba.conf") == before.files["pg_hba.conf"])

        // Backups are off, and come back when they are asked for.
        #expect(try backups() == "off")
        try await box.pgstanza("db", "update", shop.id, "--yes").expect(exit: 0)
        #expect(try backups() == "on")
    }

    /// Backs out and holds what there is then against the state before.
    func abortAndCheck(_ before: Before) async throws {
        let aborted = try await box.pgstanza("restore", "abort", shop.id, "--json").expect(exit: 0).json()
        #expect(aborted["state"]?.stringValue == "aborted")
        try await checkBackedOut(before)
    }

    func checkBackedOut(_ before: Before) async throws {
        #expect(try await primary.contents(of: "t") == before.latest)
        #expect(files() == before.files)
        #expect(inode(replica.dataDirectory) == before.replicaInode)
        try await primary.waitFor("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", toBe: "1")
        try await replica.waitFor("SELECT count(*) FROM t WHERE i = -\(round)", toBe: "1")
        #expect(try await replica.contents(of: "t") == before.latest)
        try await checkSurroundings()
        #expect(try backups() == "on")
        #expect(readText(nodeDirectory + "/conf/pg_hba.conf") == before.files["pg_hba.conf"])
        try await shop.backup("incr")
    }

    private static func withoutArchiving(_ text: String?) -> [Substring] {
        (text ?? "").split(separator: "\n").filter { !$0.hasPrefix("archive_command") }
    }

    private func backups() throws -> String? {
        try JSONTree.parse(box.read(box.home + "/databases/\(shop.id)/database.json"))["nodes"]?["n1"]?["backups"]?
            .stringValue
    }

    /// No stray slot, file, directory or process.
    private func checkSurroundings() async throws {
        #expect(!box.exists(nodeDirectory + "/pgbackrest.restore.conf"))
        #expect(try await primary.value("SELECT count(*) FROM pg_replication_slots") == "1")
        #expect(try await primary.value("SELECT count(*) FROM pg_replication_slots WHERE active") == "1")
        let places = Set([primary, replica].map { parent(of: $0.dataDirectory) })
        let names = places.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] }
        #expect(names.filter { $0.contains(".before-") || $0.contains("pgstanza-new") } == [])
        for directory in [primary.dataDirectory, replica.dataDirectory] {
            let inside = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            #expect(
                inside.filter { $0.hasSuffix(".tmp") || $0.hasSuffix(".signal") && directory != replica.dataDirectory }
                    == [])
        }
        let strays = box.processes().filter { $0.program != "postgres" && $0.program != "pgbackrest" }
        #expect(strays.isEmpty, "\(strays)")
        let restoring = box.processes().filter { $0.program == "pgbackrest" && $0.arguments.contains("restore") }
        #expect(restoring.isEmpty, "\(restoring)")
    }

    private func parent(of path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

    /// The command line of an undo.
    var undo: [String] { ["restore", "undo", shop.id, "--yes", "--json"] }

    /// The command line of a restore to a target.
    func restore(_ before: Before) -> [String] { ["restore", shop.id, "--target", before.target, "--yes", "--json"] }
}
