import Foundation
import Glibc
import PositionedJSON
import Testing

/// Backing out beside a replica and a peer that is written to: everything is as it was, and no row is lost.
@Suite struct BackOutTests {
    struct Case: Sendable {
        var step: Int
        var point: String
        var victim = KillField.Victim.pgstanza
        /// The abort is killed as well, and run again.
        var isAbortKilled = false
    }

    private static let cases: [Case] = [
        Case(step: 1, point: "drained"), Case(step: 1, point: "concluded", isAbortKilled: true),
        Case(step: 1, point: "fence-written", victim: .everything), Case(step: 2, point: "noted", isAbortKilled: true),
        Case(step: 2, point: "performed", victim: .everything), Case(step: 3, point: "marked", isAbortKilled: true),
        Case(step: 3, point: "performed"), Case(step: 4, point: "begun", victim: .everything),
        Case(step: 4, point: "performed", isAbortKilled: true),
    ]
    private static let sample = [cases[3]]
    private static let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"

    @Test func everythingIsAsBefore() async throws {
        try await withSandbox { box in
            let bench = try await MeshBench(box)
            let cases = Self.isWhole ? Self.cases : Self.sample
            for kase in cases { try await backOut(kase, bench) }
            print("faults, aborts beside a peer: \(cases.count) counted")
        }
    }

    private func backOut(_ kase: Case, _ bench: MeshBench) async throws {
        let field = KillField(step: kase.step, victim: kase.victim, moment: .during)
        let what = "abort after \(kase.victim.rawValue) at \(field.stepName).\(kase.point)"
        let before = try await bench.prepare(.own)
        let state = try await EndState.observe(bench.mesh, replica: bench.replica)
        let inode = inode(of: bench.replica)
        let abort = ["restore", "abort", bench.mesh.shop.id, "--json"]
        let outcome = try await MeshRun(mesh: bench.mesh).during(what, reference: "n2") {
            try await bench.hurt(field, KillField.Kill(point: "\(field.stepName).\(kase.point)"), bench.restore(.own))
            if kase.isAbortKilled {
                let program = try await bench.hold(at: "abort.lifted", abort)
                program.signal(SIGKILL)
                _ = try await program.wait()
            }
            let done = try await bench.box.pgstanza(abort).expect(exit: 0).json()
            bench.require(done["state"]?.stringValue == "aborted", done.text(pretty: false))
        }
        for (node, difference) in outcome.differences {
            bench.require(difference == .none, "\(node): \(difference)")
        }
        bench.require(bench.box.exists(before.stray), "files were touched")
        let rows = try await bench.one.contents(of: "t")
        bench.require(rows == before.wanted, "other rows than before")
        try await bench.checkReplica()
        bench.require(self.inode(of: bench.replica) == inode, "the replica was built anew")
        try await bench.compare(with: state)
        try bench.requireNoProblem(what)
        print("fault: \(what): as before")
    }

    private func inode(of instance: Instance) -> UInt64 {
        var information = stat()
        return stat(instance.dataDirectory, &information) == 0 ? UInt64(information.st_ino) : 0
    }
}
