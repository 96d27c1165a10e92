import Replication
import Testing

@testable import Operations

@Suite struct PlanBasisTests {
    private let basis = PlanBasis(
        database: "db1", specRevision: 1, target: .latest, isExclusive: false, options: [:], reenablesBackups: false,
        nodes: [
            PlanBasis.Node(
                node: "n1", pgdata: "/data", systemIdentifier: "71", timeline: 1, majorVersion: 15, replicas: [],
                replication: [], sourceNode: "n1", repositoryIdentity: "posix:/b", label: "20260301-010203F",
                sourceSystemIdentifier: "71", sourceTimeline: 1)
        ])

    @Test func anEqualBasisHasNoDifferences() {
        #expect(basis.differences(from: basis).isEmpty)
        #expect(Fingerprint.of(basis) == Fingerprint.of(basis))
        #expect(Fingerprint.of(basis).count == 32)
    }

    /// Whatever moves is named in a sentence, and moves the fingerprint.
    @Test func everythingThatMovesIsNamed() throws {
        let changes: [(String, (inout PlanBasis) -> Void)] = [
            ("the revision of the spec was 1 when the plan was made and is 2 now", { $0.specRevision = 2 }),
            ("the target was", { $0.target = .xid("1") }),
            ("target-exclusive", { $0.isExclusive = true }),
            ("the restore options", { $0.options = ["a": "b"] }),
            ("turning backups on again", { $0.reenablesBackups = true }),
            ("the data directory of n1", { $0.nodes[0].pgdata = "/other" }),
            ("the system identifier of n1 was 71", { $0.nodes[0].systemIdentifier = "72" }),
            (
                "the system identifier of n1 was 71 when the plan was made and is unknown now",
                { $0.nodes[0].systemIdentifier = nil }
            ),
            ("the timeline of n1 was 1", { $0.nodes[0].timeline = 2 }),
            ("the Postgres version of n1", { $0.nodes[0].majorVersion = 16 }),
            ("the replicas of n1", { $0.nodes[0].replicas = ["/r"] }),
            ("the subscriptions and slots of n1", { $0.nodes[0].replication = ["slot s"] }),
            ("the source of n1", { $0.nodes[0].sourceNode = "n3" }),
            ("the repository for n1", { $0.nodes[0].repositoryIdentity = "posix:/c" }),
            ("the chosen backup for n1", { $0.nodes[0].label = "20260302-010203F" }),
            ("the source's system identifier for n1", { $0.nodes[0].sourceSystemIdentifier = "73" }),
            ("the timeline that n1 is restored along", { $0.nodes[0].sourceTimeline = 2 }),
        ]
        for (sentence, change) in changes {
            var moved = basis
            change(&moved)
            let found = basis.differences(from: moved)
            #expect(found.count == 1)
            #expect(try #require(found.first).contains(sentence))
            #expect(Fingerprint.of(moved) != Fingerprint.of(basis))
        }
    }

    @Test func ofTheSubscriptionsOnlyWhatMovedIsNamed() {
        var (before, after) = (basis, basis)
        before.nodes[0].replication = ["slot a", "slot b"]
        after.nodes[0].replication = ["slot b", "slot c"]
        #expect(
            before.differences(from: after) == [
                "the subscriptions and slots of n1 are others (no longer: slot a; now: slot c)"
            ])
    }

    /// Peers are asked side by side: in which order they are noted must not make a plan stale.
    @Test func theOrderInWhichPeersAreFoundDoesNotCount() {
        let subscribers = ["n2", "n3"].map { peer in
            NodeReplication.Subscriber(
                peer: PeerReference(node: peer), database: "shop", providerDatabase: "shop", provider: .pglogical,
                subscription: MeshFixture.link("n1", peer).subscription)
        }
        let found = [subscribers, subscribers.reversed()].map {
            NodeReplication(node: "n1", inventory: ReplicationInventory(), subscribers: $0).lines
        }
        #expect(found[0].count == 2)
        #expect(found[0] == found[1])
    }

    @Test func addedNodesAreNamed() {
        var moved = basis
        moved.nodes.append(basis.nodes[0])
        moved.nodes[1].node = "n2"
        #expect(basis.differences(from: moved).count == 1)
    }
}
