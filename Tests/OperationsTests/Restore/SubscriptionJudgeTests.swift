import Replication
import Testing

@testable import Operations

/// How exactly each subscription comes back, case by case: a healthy mesh of n1, n2 and n3, one change at a time.
@Suite struct SubscriptionJudgeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var expected: SubscriptionCase.Exactness
        /// Subscription whose case it is.
        var link: String
        var says: String
        var change: @Sendable (inout MeshFixture) -> Void

        var testDescription: String { what }
    }

    @Test(arguments: [
        Case(what: "inbound, own", expected: .exact, link: "sub_n2_n1", says: "keeps its slot") { _ in },
        Case(what: "outbound, own", expected: .exact, link: "sub_n1_n2", says: "has everything") { _ in },
        Case(what: "inbound, from n3", expected: .exact, link: "sub_n2_n1", says: "tells how far") { $0.fromN3() },
        Case(what: "from the source itself", expected: .exact, link: "sub_n3_n1", says: "goes on from there") {
            $0.fromN3()
        },
        Case(what: "outbound, from n3", expected: .exact, link: "sub_n1_n2", says: "n2 and n3 have everything") {
            $0.fromN3()
        },
        Case(what: "the source subscribes to less", expected: .diverges, link: "sub_n2_n1", says: "in the same way") {
            $0.fromN3()
            $0.node.sourceLinks[0].subscription.sets = ["other"]
        },
        Case(what: "the source cannot be marked", expected: .diverges, link: "sub_n2_n1", says: "cannot be asked") {
            $0.fromN3()
            $0.fixture.book.writer = nil
        },
        Case(what: "the source does not subscribe", expected: .diverges, link: "sub_n1_n2", says: "rows of its own") {
            $0.fromN3()
            $0.links.removeAll { $0.subscription.name == "sub_n1_n3" }
        },
        Case(what: "handed on", expected: .diverges, link: "sub_n1_n2", says: "handed on") {
            $0.fromN3()
            $0.change("sub_n1_n2") { $0.subscription.forwardOrigins = ["all"] }
        },
        Case(what: "inbound, to the past", expected: .diverges, link: "sub_n2_n1", says: "committed after 2026-11-20") {
            $0.fixture.order.target = .time(t("13:00"))
        },
        Case(what: "inbound, to the past, held", expected: .exact, link: "sub_n2_n1", says: "kept a slot for backup") {
            $0.fixture.order.target = .time(t("13:00"))
            $0.node.heldSlots = [
                HoldingSlots.name(label: "20261120-120000F", node: "n1", slot: "slot_sub_n2_n1")
            ]
        },
        Case(what: "outbound, to the past", expected: .diverges, link: "sub_n1_n2", says: "n2 keeps what n1 wrote") {
            $0.fixture.order.target = .time(t("13:00"))
        },
        Case(what: "to a node that comes about", expected: .exact, link: "sub_n1_n2", says: "nobody has written on n1")
        {
            $0.fixture.order.isCreation = true
        },
        Case(what: "outbound, crashed", expected: .diverges, link: "sub_n1_n2", says: "may not have reached n2") {
            $0.node.server = nil
        },
        Case(what: "inbound, crashed", expected: .exact, link: "sub_n2_n1", says: "the WAL of n1 tells") {
            $0.node.server = nil
        },
        Case(what: "inbound, crashed, Spock", expected: .early, link: "sub_n2_n1", says: "sends again") {
            $0.node.server = nil
            $0.change("sub_n2_n1") { $0.kind = .spock }
        },
        Case(what: "inbound, WAL gone", expected: .diverges, link: "sub_n2_n1", says: "lost with its WAL") {
            $0.node.server = nil
            $0.node.unarchivedWAL = UnarchivedWAL(segments: [], loss: "gone")
        },
        Case(
            what: "nobody reads", expected: .diverges, link: "sub_n1_n2", says: "nobody reads from slot slot_sub_n1_n2"
        ) {
            $0.node.idleSlots = ["slot_sub_n1_n2"]
        },
        Case(what: "disabled", expected: .diverges, link: "sub_n1_n2", says: "has not read yet") {
            $0.change("sub_n1_n2") { $0.subscription.isEnabled = false }
        },
        Case(what: "still copying", expected: .diverges, link: "sub_n2_n1", says: "first copy") {
            $0.change("sub_n2_n1") { $0.subscription.isSynchronized = false }
        },
        Case(what: "backups were off", expected: .diverges, link: "sub_n2_n1", says: "committed after") {
            $0.node.backups = "off"
        },
        Case(what: "two at once", expected: .exact, link: "sub_n1_n2", says: "before both are stopped") {
            $0.addN2()
        },
        Case(what: "two, one backup, to the past", expected: .exact, link: "sub_n1_n2", says: "from one backup") {
            $0.fixture.order.target = .time(t("13:00"))
            $0.addN2()
        },
        Case(what: "two, each its own, to the past", expected: .diverges, link: "sub_n1_n2", says: "different sources")
        {
            $0.fixture.order.target = .time(t("13:00"))
            $0.addN2()
            $0.others[0].books[0].identity = "posix:/other"
        },
    ])
    func casesAreTold(_ kase: Case) throws {
        var mesh = MeshFixture()
        kase.change(&mesh)
        let found = try #require(mesh.cases().first { $0.subscription == kase.link })
        #expect(found.exactness == kase.expected, "\(found.reason)")
        #expect(found.reason.contains(kase.says), "\(found.reason)")
    }

    @Test func divergenceNeedsItsConsent() {
        var mesh = MeshFixture()
        mesh.fixture.order.target = .time(t("13:00"))
        let results = ReplicationChecks.subscriptions(mesh.cases(), node: "n1")
        #expect(results.count == 4)
        #expect(results.allSatisfy { $0.result == .consent && $0.consent == "divergence" })
        #expect(RestoreRefused(checks: results, consents: [])?.kind == .refused)
        #expect(RestoreRefused(checks: results, consents: ["divergence"]) == nil)
        #expect(ReplicationChecks.subscriptions(MeshFixture().cases(), node: "n1").map(\.result) == [.passed])
    }
}

/// n1 is restored from its own backup to the end of its WAL, beside n2 and n3; all run.
struct MeshFixture {
    var fixture: ObservationFixture
    var links: [ReplicationLink]
    /// Further nodes that are restored.
    var others: [NodeObservation] = []

    var node: NodeObservation {
        get { fixture.node }
        set { fixture.node = newValue }
    }

    init() {
        fixture = ObservationFixture()
        fixture.run()
        links = [("n2", "n1"), ("n3", "n1"), ("n1", "n2"), ("n1", "n3")].map { Self.link($0, $1) }
    }

    static func link(_ provider: String, _ subscriber: String) -> ReplicationLink {
        func end(_ name: String) -> ReplicationLink.End {
            ReplicationLink.End(peer: PeerReference(node: name), database: "shop")
        }
        let name = "sub_\(provider)_\(subscriber)"
        return ReplicationLink(
            provider: end(provider), subscriber: end(subscriber), kind: .pglogical,
            subscription: ReplicationSubscription(
                name: name, providerNode: provider, interfaces: [], slot: "slot_\(name)", sets: ["default"]))
    }

    mutating func change(_ name: String, _ edit: (inout ReplicationLink) -> Void) {
        for index in links.indices where links[index].subscription.name == name { edit(&links[index]) }
        node.replication = NodeReplication(
            node: "n1",
            inventory: ReplicationInventory(databases: [
                DatabaseReplication(
                    database: "shop", provider: .pglogical,
                    subscriptions: links.filter { $0.subscriber.node == "n1" }.map(\.subscription))
            ]))
    }

    /// n1 is restored from the backup of n3, which runs.
    mutating func fromN3() {
        fixture.order.nodes[0].sourceNode = "n3"
        fixture.order.nodes[0].books[0].node = "n3"
        fixture.book.reference.node = "n3"
        fixture.book.writer?.node = "n3"
        node.sourceLinks = [Self.link("n2", "n3"), Self.link("n1", "n3")]
    }

    /// n2 is restored as well.
    mutating func addN2() {
        var nodeOrder = fixture.order.nodes[0]
        nodeOrder.node = "n2"
        nodeOrder.sourceNode = "n2"
        nodeOrder.books[0].node = "n2"
        fixture.order.nodes.append(nodeOrder)
        var other = node
        other.node = "n2"
        other.books[0].reference.node = "n2"
        others.append(other)
    }

    func cases() -> [SubscriptionCase] {
        var observation = RestoreObservation(
            at: fixture.now, specRevision: 1, pgbackrestVersion: "2.45", nodes: [node] + others)
        observation.links = links
        return Preflight.judge(order: fixture.order, observation: observation, now: fixture.now).subscriptions
    }
}
