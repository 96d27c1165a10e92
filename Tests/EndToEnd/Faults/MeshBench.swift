import Foundation
import PositionedJSON
import Testing

/// A node with a replica and a pglogical peer, both written to, that is restored, hurt and mended over and over.
final class MeshBench {
    let mesh: Mesh
    let one: Instance
    let two: Instance
    let replica: Instance
    let gates: GatedPrograms
    private var round = 0
    private var undisturbed: [Way: EndState] = [:]
    private(set) var problems: [String] = []

    var box: Sandbox { mesh.box }
    var pausedFile: String { box.path + "/out/paused" }

    /// From where the node is restored: each does in some steps what the other does not.
    enum Way: String, Sendable {
        /// From its own backup. Its backups are on before, so that its WAL is archived to the end.
        case own
        /// From its peer's, so that it has to become itself again; nothing of its own was archived.
        case peers
        /// From its own, and backups are on again in the end.
        case ownReenabled
    }

    init(_ box: Sandbox) async throws {
        let gates = try await GatedPrograms(in: box)
        self.gates = gates
        mesh = try await box.createMesh(.pglogical, nodes: 2) { draft in
            gates.use(in: &draft)
            draft = draft.replacing("spec", "nodes", 0, "host_ids", with: ["host-1", "host-9"])
                .replacing(
                    "spec", "nodes", 0, "orchestrator_opts", "local", "instances", "host-9",
                    with: ["port": .integer(Int64(try FreePorts.take()))])
        }
        one = try mesh.node("n1")
        two = try mesh.node("n2")
        replica = try #require(mesh.shop.replicas("n1").first)
        for node in ["n1", "n2"] { try await mesh.shop.backup(node: node) }
    }

    func restore(_ way: Way) -> [String] {
        let source = way == .peers ? ["--source-node", "n2", "--consent", "no-way-back"] : []
        return ["restore", mesh.shop.id, "--target-node", "n1", "--yes", "--json"] + source
            + (way == .ownReenabled ? ["--reenable-backups"] : [])
    }

    /// Kills as the field says, goes on, and holds what there is then against what an undisturbed restore leaves.
    ///
    /// Throws unless the process was alive, inside the named step, and everything is as it has to be.
    func hurtAndMend(_ field: KillField, _ kill: KillField.Kill, _ way: Way) async throws {
        if undisturbed[way] == nil {
            try await whole("undisturbed, \(way)", way) {
                try await box.pgstanza(restore(way), timeLimit: 300).expect(exit: 0)
            }
            undisturbed[way] = try await EndState.observe(mesh, replica: replica)
        }
        try await whole("\(field)", way) {
            let result = try await hurt(field, kill, restore(way))
            // A program or a server that is killed may be got over at once.
            let warnings = (try? result.json())?["warnings"]?.arrayValue ?? []
            if result.exitCode == 0, warnings.isEmpty { return }
            let done = try await box.pgstanza("restore", "resume", mesh.shop.id, "--json", timeLimit: 300)
                .expect(exit: 0).json()
            require(
                done["state"]?.stringValue == "done" && done["warnings"]?.arrayValue == [], done.text(pretty: false))
            let steps = done["steps"]?.arrayValue ?? []
            require(
                steps.count == 8 && steps.allSatisfy { $0["nodes"]?[0]?["state"]?.stringValue == "done" },
                done.text(pretty: false))
        }
        if let wanted = undisturbed[way] { try await compare(with: wanted) }
        try requireNoProblem("\(field), \(way)")
    }

    func requireNoProblem(_ what: String) throws {
        defer { problems = [] }
        guard problems.isEmpty else { throw FixtureError("\(what): " + problems.joined(separator: "\n")) }
    }

    /// Notes what is not as it was, or as an undisturbed restore leaves it.
    func compare(with other: EndState) async throws {
        problems += try await EndState.observe(mesh, replica: replica).differences(from: other)
    }

    func require(_ holds: Bool, _ problem: @autoclosure () -> String) {
        if !holds { problems.append(problem()) }
    }

    /// A restore with everything around it: fresh rows before, writers on both nodes meanwhile, and afterwards a count of
    /// all rows of node, peer and replica.
    func whole(_ what: String, _ way: Way, _ body: () async throws -> Void) async throws {
        let before = try await prepare(way)
        let outcome = try await MeshRun(mesh: mesh).during(what, reference: "n2", body)
        for (node, difference) in outcome.differences { require(difference == .none, "\(node): \(difference)") }
        require(outcome.commits["n2"] ?? 0 >= 20, "too few commits on the peer to prove anything")
        require(!box.exists(before.stray), "the files are not those of the backup")
        let restored = try await one.contents(of: "t")
        require(restored == before.wanted, "other rows than those of the backup")
        try await checkReplica()
    }

    /// The replica has what its primary has, and follows it on its timeline.
    func checkReplica() async throws {
        let position = try await one.value("SELECT pg_current_wal_insert_lsn()")
        try await replica.waitFor("SELECT pg_last_wal_replay_lsn() >= '\(position)'", toBe: "t")
        for table in ["t", "items"] {
            let isEqual = try await replica.contents(of: table) == one.contents(of: table)
            require(isEqual, "the replica's \(table) differs")
        }
        try await replica.waitFor(
            "SELECT received_tli FROM pg_stat_wal_receiver WHERE status = 'streaming'",
            toBe: try await one.value(
                "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int"))
    }

    /// What tells afterwards whose data have been restored, and that they have been.
    struct Before {
        /// Contents of the table that replicates to nobody.
        let wanted: String
        /// A file that no backup has.
        let stray: String
    }

    /// Backups as the way wants them, and rows to be told apart by.
    func prepare(_ way: Way) async throws -> Before {
        round += 1
        if way != .peers, try backups("n1") != "on" {
            try await box.pgstanza("db", "update", mesh.shop.id, "--yes", timeLimit: 300).expect(exit: 0)
        }
        if round % 12 == 0 { try await mesh.shop.backup(node: "n2") }
        // What the rounds before wrote would only have to be compared again.
        try await two.query("DELETE FROM items")
        try await one.waitFor("SELECT count(*) FROM items", toBe: "0")
        // Rows that replicate to nobody tell whose data have been restored, a stray file that they have been.
        for node in [one, two] { try await node.query("INSERT INTO t VALUES (\(round + 1), '\(node.name)')") }
        let wanted = try await (way == .peers ? two : one).contents(of: "t")
        let stray = try box.write(one.dataDirectory + "/base/stray_\(round)", "stray", mode: 0o600)
        return Before(wanted: wanted, stray: stray)
    }

    private func backups(_ node: String) throws -> String? {
        try mesh.shop.record()["nodes"]?[node]?["backups"]?.stringValue
    }
}
