import Replication
import Testing

@testable import Operations

/// What a node that joins others is to have, case by case: nodes n1, n2 and n3 in a mesh, and n4 with the data of n1.
@Suite struct JoiningNodeTests {
    private static func dsn(_ node: String) -> String { "host=\(node) port=5432 dbname=shop user=repl" }

    private static func subscription(
        _ provider: String, _ subscriber: String, native: Bool, enabled: Bool = true, forwards: [String] = []
    ) -> ReplicationSubscription {
        ReplicationSubscription(
            name: "sub_\(provider)_\(subscriber)", id: "7", isEnabled: enabled, providerNode: native ? nil : provider,
            interface: native ? nil : provider,
            interfaces: [ReplicationInterface(name: native ? "" : provider, dsn: dsn(provider))],
            slot: "slot_\(provider)_\(subscriber)", sets: native ? ["of_\(provider)"] : ["default"],
            forwardOrigins: forwards, options: ["apply_delay": "00:00:0\(subscriber.dropFirst())"])
    }

    private static func mesh(
        _ provider: ReplicationProvider = .pglogical, forwards: [String] = []
    ) -> [JoiningNode.Member] {
        let names = ["n1", "n2", "n3"]
        return names.map { name in
            let isNative = provider == .native
            let others = names.filter { $0 != name }
            return JoiningNode.Member(
                name: name,
                inventory: ReplicationInventory(databases: [
                    DatabaseReplication(
                        database: "shop", provider: provider,
                        identity: isNative ? nil : ReplicationIdentity(name: name, dsn: dsn(name)),
                        sets: [ReplicationSet(name: isNative ? "of_\(name)" : "default")],
                        subscriptions: others.map {
                            subscription($0, name, native: isNative, forwards: forwards)
                        })
                ]))
        }
    }

    private func join(_ members: [JoiningNode.Member], source: String = "n1") throws -> NodeReplication? {
        try JoiningNode(
            name: "n4", source: source, members: members,
            member: { dsn in members.map(\.name).first { dsn.contains("host=\($0) ") } },
            ownDSN: { $0.contains("host=\(source) ") ? Self.dsn("n4") : $0 }
        ).replication()
    }

    private func code(_ members: [JoiningNode.Member], source: String = "n1") -> String? {
        do {
            _ = try join(members, source: source)
            return nil
        } catch {
            return (error as? OperationError)?.code
        }
    }

    @Test func itReadsFromEverybodyAndEverybodyFromIt() throws {
        let found = try #require(try join(Self.mesh()))
        let part = try #require(found.inventory.databases.first)
        #expect(part.identity == ReplicationIdentity(name: "n4", dsn: Self.dsn("n4")))
        #expect(part.sets.map(\.name) == ["default"])
        #expect(part.subscriptions.map(\.name) == ["sub_n2_n4", "sub_n3_n4", "sub_n1_n4"])
        #expect(part.subscriptions.map(\.dsn) == ["n2", "n3", "n1"].map(Self.dsn))
        #expect(part.subscriptions.allSatisfy { $0.slot == nil && $0.id.isEmpty })
        // As the source has it; from the source as another has it.
        #expect(part.subscriptions.map { $0.options["apply_delay"] } == ["00:00:01", "00:00:01", "00:00:02"])
        #expect(found.subscribers.map(\.subscription.name) == ["sub_n4_n2", "sub_n4_n3", "sub_n4_n1"])
        #expect(found.subscribers.map(\.peer.node) == ["n2", "n3", "n1"])
        #expect(found.subscribers.allSatisfy { $0.subscription.dsn == Self.dsn("n4") })
        let theirs = found.subscribers.map(\.subscription)
        #expect(theirs.allSatisfy { $0.providerNode == "n4" && $0.interface == "n4" })
        #expect(theirs.map { $0.options["apply_delay"] } == ["00:00:02", "00:00:03", "00:00:01"])
    }

    /// Rows would come twice where publishers hand on what they received.
    @Test func nativelyItIsReadOnlyWhereNothingIsHandedOn() throws {
        let own = try #require(try join(Self.mesh(.native)))
        #expect(own.subscribers.count == 3 && own.inventory.databases[0].sets.map(\.name) == ["of_n1"])
        let handing = try #require(try join(Self.mesh(.native, forwards: ["all"])))
        #expect(handing.inventory.databases[0].subscriptions.map(\.sets) == [["of_n2"], ["of_n3"], ["of_n1"]])
        #expect(handing.subscribers.isEmpty && handing.inventory.databases[0].sets.isEmpty)
        #expect(code(Self.mesh(forwards: ["all"])) == "hands-on")
    }

    @Test func otherNamesAreKeptApart() throws {
        var members = Self.mesh()
        members[0].inventory.databases[0].subscriptions[0].name = "items"
        members[1].inventory.databases[0].subscriptions[0].name = "items"
        let found = try #require(try join(members))
        #expect(found.inventory.databases[0].subscriptions.map(\.name) == ["items_n2_n4", "sub_n3_n4", "items_n1_n4"])
        #expect(found.subscribers.map(\.subscription.name) == ["items_n4", "sub_n4_n3", "items_n4"])
    }

    @Test func whatCouldNotBeLikeTheOthers() throws {
        #expect(try join([JoiningNode.Member(name: "n1", inventory: ReplicationInventory())]) == nil)
        var apart = Self.mesh()
        apart[0].inventory = ReplicationInventory()
        #expect(code(apart) == "source-apart")
        var broken = Self.mesh()
        broken[0].inventory.databases[0].subscriptions[1].isEnabled = false
        #expect(code(broken) == "mesh-incomplete")
        var outside = Self.mesh()
        outside[0].inventory.databases[0].subscriptions.append(Self.subscription("far", "n1", native: false))
        #expect(code(outside) == "outside-provider")
        // Another node of the mesh can be the source.
        #expect(code(outside, source: "n2") == nil)
    }
}
