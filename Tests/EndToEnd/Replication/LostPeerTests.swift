import Foundation
import Glibc
import PositionedJSON
import Testing

/// Restores beside a peer that is down: what they cannot promise is said before.
@Suite struct LostPeerTests {
    enum Silence: String, Sendable {
        case down
        case hangs

        /// `make faults` tries both; what hangs is waited for a few times.
        static let tried: [Silence] =
            ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all" ? [.down, .hangs] : [.down]
    }

    @Test(arguments: Silence.tried)
    func aPeerThatDoesNotAnswerIsCompletedLater(_ how: Silence) async throws {
        try await withSandbox { box in
            let mesh = try await box.createMesh(.pglogical, nodes: 2)
            let (one, two) = (try mesh.node("n1"), try mesh.node("n2"))
            for node in ["n1", "n2"] { try await mesh.shop.backup(node: node) }
            let before = [try await mesh.catalogs(one), try await mesh.catalogs(two)]
            for (node, first) in [(one, 1), (two, 1001)] {
                try await node.query(
                    "INSERT INTO items SELECT i, '\(node.name)', 'x' FROM generate_series(\(first), \(first) + 99) i")
            }
            for node in [one, two] { try await node.waitFor("SELECT count(*) FROM items", toBe: "200") }
            let processes = try two.processes()
            switch how {
            case .down: try await two.pgCtl("-m", "fast", "-w", "-t", "60", "stop").expect(exit: 0)
            case .hangs:
                for process in processes { kill(process, SIGSTOP) }
                box.atEnd { for process in processes { kill(process, SIGCONT) } }
            }

            let restore = ["restore", mesh.shop.id, "--target-node", "n1"]
            let plan = try await box.pgstanza(restore + ["--plan", "--json"]).json()
            let cases = (plan["subscriptions"]?.arrayValue ?? []).map {
                "\($0["subscription"]?.stringValue ?? "") \($0["case"]?.stringValue ?? "")"
            }
            #expect(cases.sorted() == ["sub_n1_n2 diverges", "sub_n2_n1 exact"])
            let refused = try await box.pgstanza(restore + ["--yes", "--json"]).expect(exit: 73).jsonError()["error"]
            #expect(refused?["code"]?.stringValue == "divergence")
            #expect(refused?["message"]?.stringValue?.contains("n2 will lack what it has not read yet") == true)

            let started = ContinuousClock.now
            let done = try await box.pgstanza(
                restore + ["--accept-divergence", "--yes", "--json"], timeLimit: 300
            ).expect(exit: 0).json()
            #expect(ContinuousClock.now - started < .seconds(150), "a peer that does not answer held the restore up")
            let warnings = (done["warnings"]?.arrayValue ?? []).compactMap(\.stringValue).joined()
            #expect(warnings.contains("n2") && warnings.contains("pgstanza db update \(mesh.shop.id)"), "\(warnings)")
            // Written while the peer is away: nothing of it may be lost to it.
            try await one.query("INSERT INTO items SELECT i, 'n1', 'later' FROM generate_series(101, 150) i")
            let pending = try await box.pgstanza("db", "update", mesh.shop.id, "--yes", "--json").expect(exit: 69)
            #expect(try pending.jsonError()["error"]?["code"]?.stringValue == "subscriptions-pending")

            switch how {
            case .down: try await two.pgCtl("-l", box.path + "/out/two.log", "-w", "-t", "60", "start").expect(exit: 0)
            case .hangs: for process in processes { kill(process, SIGCONT) }
            }
            try await two.query("INSERT INTO items SELECT i, 'n2', 'later' FROM generate_series(1101, 1150) i")
            try await box.pgstanza("db", "update", mesh.shop.id, "--yes", timeLimit: 300).expect(exit: 0)
            for node in [one, two] { try await node.waitFor("SELECT count(*) FROM items", toBe: "300") }
            #expect(try await one.contents(of: "items") == two.contents(of: "items"))
            #expect(try await mesh.catalogs(one) == before[0])
            #expect(try await mesh.catalogs(two) == before[1])
            let again = try await box.pgstanza("db", "update", mesh.shop.id, "--dry-run", "--json")
                .expect(exit: 0).json()
            #expect(again["actions"]?.arrayValue == [])
        }
    }
}

extension Instance {
    /// The postmaster and its children.
    fileprivate func processes() throws -> [pid_t] {
        guard let pid = postmasterPID else { throw FixtureError("no postmaster.pid in \(dataDirectory)") }
        let children = readText("/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }
        return [pid] + children
    }
}
