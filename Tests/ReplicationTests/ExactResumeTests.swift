import Postgres
import Replication
import Testing

/// Against real servers: what a node has of a provider is taken out and put back, with rows written meanwhile.
@Suite(.serialized) struct ExactResumeTests {
    @Test func pglogicalComesBackWithEveryOptionAndEveryRow() async throws {
        try await ReplicationPair.with(library: "pglogical") { pair in
            let replication = PglogicalReplication()
            for node in [1, 2] {
                try await pair.on(node) { connection in
                    try await connection.execute(
                        """
                        CREATE TABLE public.t (i int PRIMARY KEY, x text);
                        CREATE TABLE public.log (x text); CREATE TABLE public.some (i int PRIMARY KEY, a int, b int);
                        CREATE SEQUENCE public.numbers
                        """)
                    try await replication.createNode(
                        ReplicationIdentity(name: "n\(node)", dsn: pair.dsn(node)), connection)
                    try await replication.addTables(inSchemas: ["public"], publication: "", connection)
                }
            }
            let some = RelationName(schema: "public", name: "some")
            let custom = ReplicationSet(
                name: "custom", delete: false, truncate: false,
                tables: [ReplicatedTable(some, columns: ["i", "a"], rowFilter: "(i > 5)")],
                sequences: [RelationName(schema: "public", name: "numbers")])
            let problems = try await pair.on(1) { try await replication.createSets([custom], $0) }
            #expect(problems == [])
            _ = try await pair.run(
                1, "SELECT pglogical.alter_node_add_interface('n1', 'inner', '\(pair.dsn(1)) application_name=inner')")
            for (provider, subscriber) in [(1, 2), (2, 1)] {
                try await subscribe(pair, replication, provider, subscriber)
            }
            _ = try await pair.run(
                1,
                """
                SELECT pglogical.alter_node_add_interface('n2', 'side', '\(pair.dsn(2)) application_name=side');
                SELECT pglogical.alter_subscription_interface('sub_n2_n1', 'side')
                """)
            try await pair.run(1, "INSERT INTO public.t SELECT i, 'one' FROM generate_series(1, 50) i")
            try await pair.run(2, "INSERT INTO public.t SELECT i, 'two' FROM generate_series(101, 150) i")
            for node in [1, 2] { try await pair.wait(node, "SELECT count(*) FROM public.t", toBe: "100") }
            let before = try await pair.inventory(1)
            #expect(before.databases.first?.identity?.interfaces.map(\.name) == ["inner", "n1"])
            #expect(before.databases.first?.subscriptions.first?.interface == "side")

            try await takeOutAndPutBack(pair, replication, before)

            #expect(try await pair.inventory(1).comparable == before.comparable)
            try await pair.run(1, "INSERT INTO public.t SELECT i, 'one' FROM generate_series(51, 60) i")
            for node in [1, 2] {
                try await pair.wait(node, "SELECT count(*) FROM public.t", toBe: "120")
                #expect(try await contents(pair, node) == contents(pair, 1))
            }
        }
    }

    @Test func nativeSubscriptionsComeBackWithEveryOptionAndEveryRow() async throws {
        try await ReplicationPair.with(library: nil) { pair in
            let replication = NativeReplication()
            let t1 = RelationName(schema: "public", name: "t1")
            let t2 = RelationName(schema: "public", name: "t2")
            for (node, own) in [(1, t1), (2, t2)] {
                let problems = try await pair.on(node) { connection in
                    try await connection.execute(
                        """
                        CREATE TABLE public.t1 (i int PRIMARY KEY, x text);
                        CREATE TABLE public.t2 (i int PRIMARY KEY, x text)
                        """)
                    return try await replication.createSets(
                        [ReplicationSet(name: "of_n\(node)", truncate: false, tables: [ReplicatedTable(own)])],
                        connection)
                }
                #expect(problems == [])
            }
            for (provider, subscriber) in [(1, 2), (2, 1)] {
                try await subscribe(pair, replication, provider, subscriber)
            }
            try await pair.run(1, "INSERT INTO public.t1 SELECT i, 'one' FROM generate_series(1, 50) i")
            try await pair.run(2, "INSERT INTO public.t2 SELECT i, 'two' FROM generate_series(1, 50) i")
            for node in [1, 2] {
                try await pair.wait(
                    node, "SELECT (SELECT count(*) FROM public.t1) + (SELECT count(*) FROM public.t2)", toBe: "100")
            }
            let before = try await pair.inventory(1)
            try await takeOutAndPutBack(pair, replication, before)
            #expect(try await pair.inventory(1).comparable == before.comparable)
            try await pair.run(1, "INSERT INTO public.t1 SELECT i, 'one' FROM generate_series(51, 60) i")
            for node in [1, 2] {
                try await pair.wait(node, "SELECT count(*) FROM public.t1", toBe: "60")
                try await pair.wait(node, "SELECT count(*) FROM public.t2", toBe: "60")
            }
        }
    }

    @Test func aSlotThatWaitsNamesItsBlocker() async throws {
        try await ReplicationPair.with(library: nil) { pair in
            let open = try await Connection.open(pair.parameters(1))
            try await open.execute("BEGIN; CREATE TABLE public.held (i int)")
            try await pair.on(1) { connection in
                let error = await #expect(throws: ReplicationError.self) {
                    _ = try await LogicalSlots.create("late", plugin: "pgoutput", connection, timeout: 1)
                }
                #expect(error?.code == "slot-blocked")
                #expect(error?.details.first?.contains("boss on shop") == true)
            }
            try await open.execute("COMMIT")
            await open.close()
            try await pair.on(1) { connection in
                let made = try await LogicalSlots.create("late", plugin: "pgoutput", connection)
                #expect(try await LogicalSlots.create("late", plugin: "pgoutput", connection) == made)
                try await LogicalSlots.drop("late", connection)
                #expect(try await LogicalSlots.all(connection) == [])
            }
        }
    }

    /// A subscription as a new mesh gets it: made disabled, its slot made, enabled.
    private func subscribe(
        _ pair: ReplicationPair, _ replication: any LogicalReplication, _ provider: Int, _ subscriber: Int
    ) async throws {
        let isNative = replication.provider == .native
        let name = "sub_n\(provider)_n\(subscriber)"
        let subscription = ReplicationSubscription(
            name: name, providerNode: isNative ? nil : "n\(provider)", interface: isNative ? nil : "n\(provider)",
            interfaces: [ReplicationInterface(name: isNative ? "" : "n\(provider)", dsn: pair.dsn(provider))],
            slot: isNative ? name : nil,
            sets: isNative ? ["of_n\(provider)"] : ["default", "default_insert_only"],
            options: isNative ? ["binary": "true", "streaming": "on"] : ["apply_delay": "00:00:00.01"])
        let slot = try await pair.on(subscriber) { connection in
            try await replication.createSubscription(subscription, at: nil, connection)
            return try await replication.read(connection)?.subscriptions.first { $0.name == name }?.slot
        }
        _ = try await pair.on(provider) {
            try await LogicalSlots.create(slot ?? "", plugin: replication.outputPlugin, $0)
        }
        try await pair.on(subscriber) { try await replication.enable(name, $0) }
    }

    /// As a restore of n1 does: out of service both ways, n2 goes on writing, everything of n1 taken out (its slots go
    /// with the data directory), put back, and on from exact positions.
    private func takeOutAndPutBack(
        _ pair: ReplicationPair, _ replication: any LogicalReplication, _ inventory: ReplicationInventory
    ) async throws {
        let part = try #require(inventory.part("shop", replication.provider))
        let peer = try #require(try await pair.inventory(2).part("shop", replication.provider))
        let inbound = try #require(part.subscriptions.first)
        let outbound = try #require(peer.subscriptions.first)
        let table = replication.provider == .native ? "t2" : "t"
        try await pair.on(1) { try await replication.disable(inbound.name, $0) }
        try await pair.on(2) { try await replication.disable(outbound.name, $0) }
        try await pair.run(2, "INSERT INTO public.\(table) SELECT i, 'two' FROM generate_series(1001, 1010) i")
        let position = try #require(try await pair.on(1) { try await replication.positions($0) }[inbound.name])
        try await pair.on(1) { connection in
            try await replication.clean(connection)
            #expect(try await replication.read(connection) == nil)
            #expect(try await connection.query("SELECT FROM pg_replication_origin").isEmpty)
            for slot in try await LogicalSlots.all(connection) { try await LogicalSlots.drop(slot.name, connection) }
        }
        try await pair.on(1) { connection in
            if let identity = part.identity { try await replication.createNode(identity, connection) }
            #expect(try await replication.createSets(part.sets, connection) == [])
            try await replication.createSubscription(inbound, at: position, connection)
        }
        let start = try await pair.on(1) {
            try await LogicalSlots.create(try #require(outbound.slot), plugin: replication.outputPlugin, $0)
        }
        try await pair.on(2) { connection in
            try await replication.retire(outbound, connection)
            try await replication.renew(outbound, at: start, connection)
            try await replication.enable(outbound.name, connection)
        }
        try await pair.on(1) { try await replication.enable(inbound.name, $0) }
    }

    private func contents(_ pair: ReplicationPair, _ node: Int) async throws -> String? {
        try await pair.on(node) { try await $0.value("SELECT md5(string_agg(t::text, ',' ORDER BY i)) FROM public.t") }
    }
}

extension ReplicationInventory {
    /// The same but for what is different after subscriptions were made anew.
    var comparable: ReplicationInventory {
        var copy = self
        for index in copy.databases.indices {
            copy.databases[index].subscriptions = copy.databases[index].subscriptions.map(\.comparable)
        }
        return copy
    }
}
