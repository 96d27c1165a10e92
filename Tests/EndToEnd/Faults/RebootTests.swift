import Foundation
import PositionedJSON
import Testing

/// The machine goes down in the middle of a restore and comes up again: what starts its servers then is the command of the
/// unit that `schedule install` writes. Nothing of the node speaks to its peer before the restore is gone on with.
@Suite struct RebootTests {
    private static let points = [
        "remove-subscriptions.concluded", "tear-down-replicas.noted", "remove-backup-configuration.marked",
        "stop-primary.performed", "restore-files.restored", "start-primary.own-settings",
        "recreate-replicas.performed", "recreate-subscriptions.slots",
    ]
    private static let sample = ["restore-files.restored"]
    private static let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"

    @Test func nothingConnectsToAPeerAndTheRestoreIsFinished() async throws {
        try await withSandbox { box in
            let bench = try await MeshBench(box)
            let boot = try await bootCommand(box, bench.mesh)
            // What an undisturbed one leaves, from each place that it can come from.
            var wanted: [MeshBench.Way: EndState] = [:]
            for (number, point) in (Self.isWhole ? Self.points : Self.sample).enumerated() {
                let way: MeshBench.Way = number % 2 == 0 ? .peers : .own
                if wanted[way] == nil {
                    try await bench.whole("undisturbed, \(way)", way) {
                        try await box.pgstanza(bench.restore(way), timeLimit: 300).expect(exit: 0)
                    }
                    wanted[way] = try await EndState.observe(bench.mesh, replica: bench.replica)
                }
                try await reboot(bench, at: point, way, boot)
                if let wanted = wanted[way] { try await bench.compare(with: wanted) }
                try bench.requireNoProblem("reboot at \(point), \(way)")
                print("fault: reboot at \(point), \(way): nothing connected, and finished")
            }
        }
    }

    /// The command line of the unit that starts the database's servers.
    private func bootCommand(_ box: Sandbox, _ mesh: Mesh) async throws -> [String] {
        let dry = try await box.pgstanza("schedule", "install", "--systemd", "--dry-run", "--json", as: .account)
            .expect(exit: 0).json()
        let unit = (dry["files"]?.arrayValue ?? []).first {
            $0["path"]?.stringValue?.contains("-server-\(mesh.shop.id).service") == true
        }
        let lines = unit?["text"]?.stringValue?.split(separator: "\n") ?? []
        let line = try #require(lines.first { $0.hasPrefix("ExecStart=") }, "\(dry.text(pretty: true))")
        return line.dropFirst("ExecStart=".count).split(separator: " ").map(String.init)
    }

    private func reboot(_ bench: MeshBench, at point: String, _ way: MeshBench.Way, _ boot: [String]) async throws {
        let (box, mesh) = (bench.box, bench.mesh)
        let before = try await bench.prepare(way)
        let writers = try mesh.nodes.map { try MeshWriter(on: $0, of: mesh) }
        for writer in writers { try await writer.waitForCommits(20) }
        let program = try await bench.hold(at: point, bench.restore(way))
        bench.require(bench.state(of: String(point.prefix { $0 != "." })) == "running", "the journal has another step")
        try await box.cutPower()
        bench.letGoOn()
        _ = try await program.wait()
        for writer in writers { _ = try await writer.program.wait() }

        let connections = try await connectionsOfPeer(mesh, bench.two)
        // A replica that was moved aside, and files that are not whole, cannot be started, and are said so.
        let booted = try await box.run(boot)
        bench.require([0, 1, 69, 73].contains(booted.exitCode), booted.summary)
        bench.require(bench.two.postmasterPID.flatMap { SandboxProcess($0) } != nil, "the peer was not started")
        // Longer than a worker takes to come up and try.
        try await Task.sleep(for: .seconds(3))
        let after = try await connectionsOfPeer(mesh, bench.two)
        bench.require(after == connections, "\(after - connections) connections to the peer before the restore went on")

        let later = try MeshWriter(on: bench.two, of: mesh)
        try await later.waitForCommits(20)
        try await box.pgstanza("restore", "resume", mesh.shop.id, "--json", timeLimit: 300).expect(exit: 0)
        // The comparison would see one.
        let finally = try await connectionsOfPeer(mesh, bench.two)
        bench.require(finally > after, "no connection to the peer after the restore")
        try await later.waitForCommits(20)
        try await later.stop()
        let mark = try await bench.two.value("SELECT pg_current_wal_insert_lsn()")
        try await bench.two.waitFor(
            "SELECT bool_and(confirmed_flush_lsn >= '\(mark)') FROM pg_replication_slots WHERE slot_type = 'logical'",
            toBe: "t")
        let here = try await bench.one.query("SELECT id, i::text FROM items i ORDER BY 1")
        let there = try await bench.two.query("SELECT id, i::text FROM items i ORDER BY 1")
        bench.require(here == there, "rows differ: \(here.count) here, \(there.count) on the peer")
        let keys = Set(here.map { $0[0] })
        for writer in writers + [later] {
            let absent = writer.expectedKeys().filter { !keys.contains(String($0)) }
            bench.require(absent.isEmpty, "\(absent.count) acknowledged rows of \(writer.node.name) are gone")
        }
        bench.require(!box.exists(before.stray), "the files are not those of the backup")
        let rows = try await bench.one.contents(of: "t")
        bench.require(rows == before.wanted, "other rows than those of the backup")
        try await bench.checkReplica()
    }

    /// Connections that subscriptions have made to a node so far.
    private func connectionsOfPeer(_ mesh: Mesh, _ peer: Instance) async throws -> Int {
        let logs = mesh.box.home + "/databases/\(mesh.shop.id)/\(peer.name)/log"
        return try FileManager.default.contentsOfDirectory(atPath: logs).filter { $0.hasPrefix("postgres-") }
            .map { readText(logs + "/" + $0) }
            .reduce(0) {
                $0 + $1.split(separator: "\n").filter { $0.contains("connection authorized: user=repl") }.count
            }
    }
}
