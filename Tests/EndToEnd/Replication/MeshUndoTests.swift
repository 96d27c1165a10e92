import Testing

/// Nodes that replicate to each other and went back together go forth together again.
@Suite struct MeshUndoTests {
    @Test func bothNodesAreWhatTheyWereWithoutAConsent() async throws {
        try await withSandbox { box in
            let mesh = try await box.createMesh(.pglogical, nodes: 2)
            let (one, two) = (try mesh.node("n1"), try mesh.node("n2"))
            for node in ["n1", "n2"] { try await mesh.shop.backup(node: node) }
            let target = try await mesh.shop.moment("n2")
            let run = MeshRun(mesh: mesh)
            _ = try await run.during("before the restore", reference: "n2") { try await Task.sleep(for: .seconds(2)) }
            let before = [try await one.contents(of: "items"), try await two.contents(of: "items")]
            #expect(before[0] == before[1])
            let catalogs = [try await mesh.catalogs(one), try await mesh.catalogs(two)]

            try await mesh.shop.restore("--source-node", "n2", "--target", target, "--consent", "no-way-back")
            #expect(try await one.value("SELECT count(*) FROM items") == "0")
            try await one.query("INSERT INTO items VALUES (-1, 'n1', 'since', 0)")
            try await two.waitFor("SELECT count(*) FROM items", toBe: "1")

            // One of them alone would have rows that the other lacks.
            let alone = try await box.pgstanza(
                "restore", "undo", mesh.shop.id, "--target-node", "n1", "--consent", "no-way-back", "--yes", "--json"
            ).expect(exit: 73)
            #expect(try alone.jsonError()["error"]?["code"]?.stringValue == "divergence")

            // What n1 wrote since is in no archive, having been restored from n2's; nothing will differ between the two.
            let plan = try await box.pgstanza("restore", "undo", mesh.shop.id, "--plan", "--json").expect(exit: 73)
                .json()
            let consents = plan["consents"]?.arrayValue ?? []
            #expect(consents.allSatisfy { $0["consent"]?.stringValue == "no-way-back" }, "\(consents)")
            #expect(!consents.isEmpty)
            try await box.pgstanza(
                ["restore", "undo", mesh.shop.id, "--consent", "no-way-back", "--yes"], timeLimit: 300
            ).expect(exit: 0)
            #expect(try await one.contents(of: "items") == before[0])
            #expect(try await two.contents(of: "items") == before[1])
            #expect(try await mesh.catalogs(one) == catalogs[0])
            #expect(try await mesh.catalogs(two) == catalogs[1])
            let after = try await run.during("after the undo", reference: "n2") {
                try await Task.sleep(for: .seconds(2))
            }
            for (node, difference) in after.differences { #expect(difference == .none, "after the undo: \(node)") }
        }
    }
}
