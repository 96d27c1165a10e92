import Foundation
import Glibc
import PositionedJSON
import Testing

/// Restores of a node with subscriptions whose pgstanza is killed, and that are gone on with: no row is lost either.
@Suite struct InterruptedReplicationTests {
    private static let points = [
        "remove-subscriptions.inventory", "remove-subscriptions.fence-written", "remove-subscriptions.drained",
        "remove-subscriptions.performed", "tear-down-replicas.begun", "remove-backup-configuration.source-paused",
        "remove-backup-configuration.marked", "stop-primary.performed", "restore-files.restored",
        "start-primary.promoted", "start-primary.positions", "start-primary.clean", "start-primary.own-settings",
        "start-primary.restarted", "start-primary.performed", "recreate-subscriptions.slots",
        "recreate-subscriptions.made", "recreate-subscriptions.enabled", "recreate-subscriptions.lifted",
    ]
    /// `make faults` tries them all.
    private static let sample = ["start-primary.positions", "recreate-subscriptions.made"]
    private static let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"

    @Test func noRowIsLost() async throws {
        try await withSandbox { box in
            let mesh = try await box.createMesh(.pglogical, nodes: 2)
            let run = MeshRun(mesh: mesh)
            let (one, two) = (try mesh.node("n1"), try mesh.node("n2"))
            for node in ["n1", "n2"] { try await mesh.shop.backup(node: node) }
            let before = [try await mesh.catalogs(one), try await mesh.catalogs(two)]
            // All that there is, each from its own: both are drained to each other before either is stopped.
            try await run.exactRestore("pglogical, both nodes from their own backups", reference: "n2", minimum: 20)
            #expect(try await mesh.catalogs(one) == before[0])
            #expect(try await mesh.catalogs(two) == before[1])
            try await box.pgstanza("db", "update", mesh.shop.id, "--yes").expect(exit: 0)
            for point in Self.isWhole ? Self.points : Self.sample {
                let outcome = try await run.during("pglogical, killed at \(point) and resumed", reference: "n2") {
                    try await mesh.killRestore(
                        at: point, "--target-node", "n1", "--source-node", "n2", "--consent", "no-way-back")
                    try await box.pgstanza("restore", "resume", mesh.shop.id, "--json", timeLimit: 300).expect(exit: 0)
                }
                for (node, difference) in outcome.differences { #expect(difference == .none, "\(point): \(node)") }
                #expect(try await mesh.catalogs(one) == before[0], "\(point)")
                #expect(try await mesh.catalogs(two) == before[1], "\(point)")
            }
        }
    }
}

extension Mesh {
    /// Runs a restore that is killed at a named point.
    func killRestore(at point: String, _ arguments: String...) async throws {
        let paused = box.path + "/out/paused"
        try? FileManager.default.removeItem(atPath: paused)
        let restore = try box.start(
            [box.executable, "restore", shop.id, "--yes"] + arguments,
            environment: ["PGSTANZA_TEST_PAUSE": point, "PGSTANZA_TEST_PAUSED": paused])
        let deadline = ContinuousClock.now + .seconds(120)
        while !box.exists(paused) {
            guard SandboxProcess(restore.pid) != nil, ContinuousClock.now < deadline else {
                restore.signal(SIGKILL)
                throw FixtureError("never came to \(point): \(restore.errorOutputSoFar)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        restore.signal(SIGKILL)
        _ = try await restore.wait()
    }
}
