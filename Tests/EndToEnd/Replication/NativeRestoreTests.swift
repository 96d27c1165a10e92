import Testing

/// Nodes with native subscriptions, each publishing a table of its own, restored while all are written.
@Suite struct NativeRestoreTests {
    @Test func twoNodesLoseNothing() async throws {
        try await withSandbox { box in
            let mesh = try await box.createMesh(.native, nodes: 2)
            let run = MeshRun(mesh: mesh)
            let one = try mesh.node("n1")
            for node in ["n1", "n2"] { try await mesh.shop.backup(node: node) }
            let before = try await mesh.catalogs(one)

            try await run.exactRestore("native, n1 from its own backup", reference: "n2", "--target-node", "n1")
            #expect(try await mesh.catalogs(one) == before)

            for round in 1...2 {
                try await run.exactRestore(
                    "native, n1 from n2's backup, round \(round)", reference: "n2", "--target-node", "n1",
                    "--source-node", "n2", "--consent", "no-way-back")
                #expect(try await mesh.catalogs(one) == before)
            }
        }
    }
}
