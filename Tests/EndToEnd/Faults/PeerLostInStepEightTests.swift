import Foundation
import Glibc
import PositionedJSON
import Testing

/// A peer that goes away while its subscriptions are put back, and comes back later.
@Suite struct PeerLostInStepEightTests {
    struct Case: Sendable {
        var point: String
        var hangs: Bool
    }

    private static let cases: [Case] = ["begun", "slots", "made", "enabled"].flatMap { point in
        [false, true].map { Case(point: point, hangs: $0) }
    }
    private static let sample = cases.filter { $0.point == "slots" && !$0.hangs }
    private static let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"

    @Test func itIsSaidAndMadeExactWhenThePeerIsBack() async throws {
        try await withSandbox { box in
            let bench = try await MeshBench(box)
            try await bench.whole("undisturbed", .peers) {
                try await box.pgstanza(bench.restore(.peers), timeLimit: 300).expect(exit: 0)
            }
            try await box.pgstanza("db", "update", bench.mesh.shop.id, "--yes", timeLimit: 300).expect(exit: 0)
            let wanted = try await EndState.observe(bench.mesh, replica: bench.replica)
            for kase in Self.isWhole ? Self.cases : Self.sample {
                try await bench.whole("peer \(kase.hangs ? "hangs" : "down") at \(kase.point)", .peers) {
                    try await lose(bench, kase)
                }
                try await bench.compare(with: wanted)
                try bench.requireNoProblem("peer \(kase.hangs ? "hangs" : "down") at \(kase.point)")
                print(
                    "fault: peer \(kase.hangs ? "hangs" : "down") at recreate-subscriptions.\(kase.point): exact in the end"
                )
            }
        }
    }

    private func lose(_ bench: MeshBench, _ kase: Case) async throws {
        let (box, id) = (bench.box, bench.mesh.shop.id)
        let program = try await bench.hold(at: "recreate-subscriptions.\(kase.point)", bench.restore(.peers))
        let server = try #require(bench.two.postmasterPID.flatMap { SandboxProcess($0) })
        let processes = SandboxProcess.tree([server])
        if kase.hangs {
            for process in processes { process.kill(SIGSTOP) }
            box.atEnd { for process in processes { process.kill(SIGCONT) } }
        } else {
            try await bench.two.pgCtl("-m", "fast", "-w", "-t", "60", "stop").expect(exit: 0)
        }
        bench.letGoOn()
        let done = try await program.wait(timeLimit: 300).expect(exit: 0).json()
        let warnings = (done["warnings"]?.arrayValue ?? []).compactMap(\.stringValue)
        bench.require(
            !warnings.isEmpty && warnings.joined().contains("n2") && !warnings.joined().contains("\n"),
            done.text(pretty: false))
        bench.require(warnings.joined().contains("pgstanza db update \(id)"), "\(warnings)")
        let status = try await box.pgstanza("restore", "status", id, "--json").expect(exit: 0).json()
        bench.require(status["warnings"] == done["warnings"], status.text(pretty: false))
        // Written while the peer is away: nothing of it may be lost to it.
        try await bench.one.query("INSERT INTO items SELECT i, 'n1', 'later' FROM generate_series(1, 50) i")
        if kase.hangs {
            for process in processes { process.kill(SIGCONT) }
        } else {
            try await bench.two.pgCtl("-l", box.path + "/out/two.log", "-w", "-t", "60", "start").expect(exit: 0)
        }
        try await box.pgstanza("db", "update", id, "--yes", timeLimit: 300).expect(exit: 0)
        try await bench.two.waitFor("SELECT count(*) FROM items WHERE v = 'later'", toBe: "50")
    }
}
