import Replication
import Testing

@testable import Operations

/// What nodes send each other, from what each says of itself.
@Suite struct TableLinkTests {
    private func side(
        _ node: String, _ provider: ReplicationProvider = .pglogical, sets: [ReplicationSet] = [],
        from: [ReplicationSubscription] = [], slots: Set<String> = [], port: Int = 1, tables: [RelationName] = []
    ) -> ReplicationSide {
        let identity = provider == .native ? nil : ReplicationIdentity(name: node, dsn: "port=\(port)")
        return ReplicationSide(
            node: node, port: port,
            parts: [
                DatabaseReplication(
                    database: "shop", provider: provider, identity: identity, sets: sets, subscriptions: from)
            ], slots: slots, tables: tables)
    }

    private func from(_ node: String?, slot: String? = nil, port: Int = 1, _ sets: [String] = ["default"])
        -> ReplicationSubscription
    {
        ReplicationSubscription(
            name: "sub", providerNode: node, interfaces: [ReplicationInterface(name: "", dsn: "port=\(port)")],
            slot: slot, sets: sets)
    }

    private let sets = [
        ReplicationSet(name: "default", tables: [ReplicatedTable(RelationName(schema: "public", name: "t"))]),
        ReplicationSet(
            name: "other",
            tables: [ReplicatedTable(RelationName(schema: "public", name: "u"), columns: ["id"], rowFilter: "(id > 1)")]
        ),
    ]

    @Test func onlyWhatIsInSubscribedSets() {
        let links = TableLink.links([side("n1", sets: sets), side("n2", from: [from("n1")])])
        #expect(links?.map(\.table.name) == ["t"])
        #expect(links?.first.map { [$0.provider, $0.subscriber] } == ["n1", "n2"])
        let other = TableLink.links([side("n1", sets: sets), side("n2", from: [from("n1", ["other"])])])
        #expect(other?.map(\.rowFilter) == ["(id > 1)"])
        #expect(other?.first?.columns == ["id"])
    }

    @Test func nobodyIsConnected() {
        #expect(TableLink.links([side("n1", sets: sets), side("n2", sets: sets)]) == nil)
        // A subscription to somebody who is not compared.
        #expect(TableLink.links([side("n1", sets: sets), side("n2", from: [from("n3")])]) == nil)
        // Connected, with nothing to send.
        #expect(TableLink.links([side("n1"), side("n2", from: [from("n1")])]) == [])
    }

    @Test func slotsOfOneNameAreToldApartByPort() {
        let sides = [
            side("n1", .native, sets: sets, slots: ["sub"], port: 1),
            side("n2", .native, sets: sets, slots: ["sub"], port: 2),
            side("n3", .native, from: [from(nil, slot: "sub", port: 2)], port: 3),
        ]
        #expect(TableLink.links(sides)?.map(\.provider) == ["n2"])
    }

    @Test func providersDoNotMix() {
        #expect(TableLink.links([side("n1", sets: sets), side("n2", .spock, from: [from("n1")])]) == nil)
    }

    @Test func publicationsOfEverythingOrOfASchema() {
        let tables = [RelationName(schema: "a", name: "t"), RelationName(schema: "b", name: "u")]
        func found(_ set: ReplicationSet) -> [RelationName]? {
            TableLink.links([
                side("n1", .native, sets: [set], slots: ["sub"], tables: tables),
                side("n2", .native, from: [from(nil, slot: "sub", ["pub"])]),
            ])?.map(\.table)
        }
        #expect(found(ReplicationSet(name: "pub", allTables: true)) == tables)
        #expect(found(ReplicationSet(name: "pub", schemas: ["b"])) == [tables[1]])
    }
}
