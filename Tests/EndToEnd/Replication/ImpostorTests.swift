import Foundation
import Testing

/// A node restored from another one's backup is that other one, until it has been made itself again.
@Suite struct ImpostorTests {
    @Test func aRestoredNodeConnectsToNobodyBeforeItIsItself() async throws {
        try await withSandbox { box in
            let mesh = try await box.createMesh(.pglogical, nodes: 3)
            let run = MeshRun(mesh: mesh)
            let one = try mesh.node("n1")
            for node in ["n1", "n3"] { try await mesh.shop.backup(node: node) }

            let outcome = try await run.during(
                "pglogical, n1 from n3's backup, killed after step 5 and started by hand", reference: "n3"
            ) {
                try await mesh.killRestore(
                    at: "restore-files.performed", "--target-node", "n1", "--source-node", "n3")
                let before = try connections(mesh)
                try await startByHand(one)
                // Longer than a worker takes to come up and try.
                try await Task.sleep(for: .seconds(2))
                #expect(try connections(mesh) == before, "the restored node connected to its peers")
                #expect(
                    try await one.value("SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'pgl%'") == "0")
                try await box.pgstanza("restore", "resume", mesh.shop.id, "--json", timeLimit: 300).expect(exit: 0)
            }
            for (node, difference) in outcome.differences { #expect(difference == .none, "\(node)") }

            // The same with the quarantine taken out: now they are seen.
            try await mesh.killRestore(
                at: "restore-files.performed", "--target-node", "n1", "--source-node", "n3", "--consent", "no-way-back")
            let before = try connections(mesh)
            let settings = one.dataDirectory + "/postgresql.auto.conf"
            try await box.run(["sed", "-i", "/^shared_preload_libraries/d", settings]).expect(exit: 0)
            try await startByHand(one)
            let deadline = ContinuousClock.now + .seconds(30)
            while try connections(mesh) == before, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try connections(mesh) > before, "the comparison would not see a connection")
        }
    }

    private func startByHand(_ node: Instance) async throws {
        try await node.pgCtl("-l", node.box.path + "/out/by-hand.log", "-w", "-t", "60", "start").expect(exit: 0)
        try await node.waitFor("SELECT pg_is_in_recovery()", toBe: "f")
    }

    /// Connections of subscriptions that n2 has been asked for so far.
    private func connections(_ mesh: Mesh) throws -> Int {
        let logs = mesh.box.home + "/databases/\(mesh.shop.id)/n2/log"
        return try FileManager.default.contentsOfDirectory(atPath: logs).filter { $0.hasPrefix("postgres-") }
            .map { readText(logs + "/" + $0) }
            .reduce(0) {
                $0 + $1.split(separator: "\n").filter { $0.contains("connection authorized: user=repl") }.count
            }
    }
}
