import Foundation
import Glibc
import PositionedJSON
import Testing

/// A node that was killed before its peers had all that it committed: what comes back is what had reached them all, and
/// the rest is named.
@Suite struct CrashedNodeTests {
    /// From its own backup it has everything that it acknowledged, from a peer's what that peer had.
    @Test(arguments: [nil, "n3"])
    func verifyListsExactlyWhatHadNotReachedEverybody(source: String?) async throws {
        try await withSandbox("verifyListsExactlyWhatHadNotReachedEverybody-\(source ?? "own")") { box in
            let mesh = try await box.createMesh(.pglogical, nodes: 3)
            let run = MeshRun(mesh: mesh)
            let (one, three) = (try mesh.node("n1"), try mesh.node("n3"))
            for node in ["n1", "n3"] { try await mesh.shop.backup(node: node) }
            let writers = try mesh.nodes.map { try MeshWriter(on: $0, of: mesh) }
            let doomed = writers[0]
            for writer in writers { try await writer.waitForCommits(200) }
            // n2 falls behind, then n3 does, and then all of n1's processes die at once.
            for peer in ["n2", "n3"] {
                try await stopSending(from: one, to: peer)
                try await doomed.waitForCommits(60)
            }
            try await one.crash()
            try await doomed.stop()

            let reached = [try await standing(mesh.node("n2"), doomed), try await standing(three, doomed)]
            let everywhere = try #require(reached.compactMap(\.last).min())
            let (acknowledged, threeHas) = (doomed.acknowledged(), reached[1])
            // Commits that reached both peers, one, and none.
            #expect(everywhere < (threeHas.last ?? 0) && (threeHas.last ?? 0) < (acknowledged.last ?? 0))

            try await restore(mesh, source)
            let later = try MeshWriter(on: one, of: mesh)
            for writer in writers.dropFirst() + [later] { try await writer.waitForCommits(50) }
            for writer in writers.dropFirst() + [later] { try await writer.stop() }
            try await run.settle()

            let contents = try await run.contents()
            let different = Self.different(contents)
            print(
                "pglogical, n1 crashed, from \(source ?? "its own") backup: "
                    + "\(acknowledged.count) commits acknowledged, \(everywhere) reached n2, \(threeHas.last ?? 0) n3; "
                    + "\(contents["n1"]?.count ?? 0) rows, \(different.count) of them differ afterwards")
            // A row is not changed any more so many commits after its own.
            let settled = (1...everywhere - MeshWriter.deletedAfter).filter { $0 % 5 != 0 }.map {
                String(doomed.base + $0)
            }
            for key in settled {
                let rows = contents.mapValues { $0[key] }
                #expect(Set(rows.values).count == 1 && rows["n1"] != .some(nil), "\(key): \(rows)")
            }
            #expect(settled.count > 100 && !different.isEmpty)
            let firstDoubtful = doomed.base + everywhere - MeshWriter.deletedAfter
            #expect(different.keys.allSatisfy { Int($0).map { $0 > firstDoubtful } ?? false })
            if source == nil {
                let rows = contents["n1"] ?? [:]
                #expect(doomed.expectedKeys().allSatisfy { rows[String($0)] != nil })
            } else {
                #expect(contents["n1"] == contents["n3"])
            }
            #expect(try await listed(mesh) == different)
            #expect(three.postmasterPID != nil)
        }
    }

    /// Without consent it is refused with what will differ.
    private func restore(_ mesh: Mesh, _ source: String?) async throws {
        let command = ["restore", mesh.shop.id, "--target-node", "n1"] + (source.map { ["--source-node", $0] } ?? [])
        let plan = try await mesh.box.pgstanza(command + ["--plan", "--json"]).json()
        let cases = (plan["subscriptions"]?.arrayValue ?? []).map {
            "\($0["subscription"]?.stringValue ?? "") \($0["case"]?.stringValue ?? "")"
        }
        #expect(
            cases.sorted() == ["sub_n1_n2 diverges", "sub_n1_n3 diverges", "sub_n2_n1 exact", "sub_n3_n1 exact"])
        let refused = try await mesh.box.pgstanza(command + ["--consent", "no-way-back", "--yes", "--json"])
            .expect(exit: 73).jsonError()["error"]
        #expect(refused?["code"]?.stringValue == "divergence")
        #expect(refused?["message"]?.stringValue?.contains("may not have reached n2") == true)
        try await mesh.box.pgstanza(
            command + ["--consent", "no-way-back", "--accept-divergence", "--yes", "--json"], timeLimit: 300
        ).expect(exit: 0)
    }

    /// Halts the process that sends a node's changes to a peer.
    private func stopSending(from node: Instance, to peer: String) async throws {
        let process = try await node.value(
            "SELECT active_pid FROM pg_replication_slots WHERE slot_name LIKE '%sub_\(node.name)_\(peer)'")
        kill(try #require(pid_t(process)), SIGSTOP)
    }

    /// Numbers of a writer's rows on another node, once no more of them come.
    private func standing(_ node: Instance, _ writer: MeshWriter) async throws -> [Int] {
        var numbers: [Int] = []
        while true {
            let now = try await node.query(
                "SELECT id - \(writer.base) FROM items WHERE id > \(writer.base) AND id < \(writer.base) + 10000000 ORDER BY 1"
            ).compactMap { Int($0[0]) }
            if !now.isEmpty, now == numbers { return now }
            numbers = now
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// What `restore verify` says of each key that differs.
    private func listed(_ mesh: Mesh) async throws -> [String: Spread] {
        let report = try await mesh.box.pgstanza("restore", "verify", mesh.shop.id, "--json", "--limit", "100000")
            .expect(exit: 1).json()
        var found: [String: Spread] = [:]
        for table in report["tables"]?.arrayValue ?? [] {
            let keys = table["keys"]?.arrayValue ?? []
            #expect(Int64(keys.count) == table["differing"]?.intValue)
            for key in keys {
                func names(_ list: JSONTree?) -> [String] { (list?.arrayValue ?? []).compactMap(\.stringValue) }
                found[key["key"]?["id"]?.stringValue ?? "?"] = Spread(
                    missingOn: names(key["missing_on"]),
                    versions: (key["versions"]?.arrayValue ?? []).map { names($0["nodes"]) }.sorted { $0[0] < $1[0] })
            }
        }
        return found
    }

    /// Which nodes lack a row, and which have the same one.
    struct Spread: Equatable {
        var missingOn: [String]
        var versions: [[String]]
    }

    /// Every key under which the nodes do not have the same, as they are found one by one.
    private static func different(_ contents: [String: [String: String]]) -> [String: Spread] {
        let nodes = contents.keys.sorted()
        var found: [String: Spread] = [:]
        for key in Set(contents.values.flatMap(\.keys)) {
            let rows = nodes.map { ($0, contents[$0]?[key]) }
            guard Set(rows.map(\.1)).count > 1 else { continue }
            let present = Dictionary(grouping: rows.filter { $0.1 != nil }, by: { $0.1 ?? "" })
            found[key] = Spread(
                missingOn: rows.filter { $0.1 == nil }.map(\.0),
                versions: present.values.map { $0.map(\.0) }.sorted { $0[0] < $1[0] })
        }
        return found
    }
}
