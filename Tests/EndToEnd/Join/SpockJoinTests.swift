import PositionedJSON
import Testing

/// A node that joins nodes which Spock replicates, all of which are written to.
@Suite struct SpockJoinTests {
    @Test func aNodeFromABackupHasEveryRow() async throws {
        try await withSandbox { box in
            var run = try await box.createJoinable(nodes: 3, provider: "spock")
            try await run.mesh.shop.backup(node: "n1")
            try await run.join(
                "spock, n4 from n1's backup", try run.adding("n4", ["restore_config": JoinRun.backup(of: "n1")]))
            let four = try run.mesh.node("n4")
            #expect(
                try await four.query("SELECT sub_name, sub_slot_name FROM spock.subscription ORDER BY 1")
                    == (1...3).map { ["sub_n\($0)_n4", "spk_shop_n\($0)_sub_n\($0)_n4"] })
            // Nobody who was paused for it stays so.
            for node in run.mesh.nodes {
                #expect(try await node.value("SELECT count(*) FROM spock.subscription WHERE sub_enabled") == "3")
            }
            // A copy of a node that runs, cut short while the source's subscriptions are paused.
            try await run.join(
                "spock, n5 as a copy of n3", try run.adding("n5", ["source_node": "n3"]),
                killedAt: ["restore-files.source-paused"])
        }
    }
}
