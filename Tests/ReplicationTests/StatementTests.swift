import Testing

@testable import Replication

/// Texts that are made and read without a server.
@Suite struct StatementTests {
    @Test(
        arguments: [
            ("{}", []), ("{a,b}", ["a", "b"]), ("{\"a b\",\"c,d\",\"e\\\"f\\\\g\"}", ["a b", "c,d", "e\"f\\g"]),
            ("{NULL,x,\"NULL\"}", ["x", "NULL"]), ("{\"\"}", [""]), ("nothing", []),
        ] as [(String, [String])])
    func arraysAreRead(_ text: String, _ elements: [String]) {
        #expect(PostgresArray.parse(text) == elements)
        #expect(PostgresArray.parse(PostgresArray.text(elements)) == elements)
    }

    @Test func publicationsAreWrittenWithEverything() {
        let table = RelationName(schema: "public", name: "od\"d")
        let set = ReplicationSet(
            name: "p", delete: false, truncate: false,
            tables: [ReplicatedTable(table, columns: ["i", "x"], rowFilter: "(i > 5)")], schemas: ["s"], viaRoot: true)
        #expect(
            NativeStatements.createPublication(set, tables: set.tables)
                == "CREATE PUBLICATION \"p\" FOR TABLE \"public\".\"od\"\"d\" (\"i\", \"x\") WHERE ((i > 5)), "
                + "TABLES IN SCHEMA \"s\" WITH (publish = 'insert, update', publish_via_partition_root = true)")
        #expect(
            NativeStatements.createPublication(ReplicationSet(name: "all", allTables: true), tables: [])
                == "CREATE PUBLICATION \"all\" FOR ALL TABLES "
                + "WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)")
    }

    @Test func subscriptionsAreMadeDisabledAndWithoutASlot() {
        let subscription = ReplicationSubscription(
            name: "s", interfaces: [ReplicationInterface(name: "", dsn: "host=h password='it''s'")], slot: "s1",
            sets: ["p", "q"], options: ["owner": "boss", "binary": "true", "streaming": "on"])
        #expect(
            NativeStatements.createSubscription(subscription)
                == "CREATE SUBSCRIPTION \"s\" CONNECTION 'host=h password=''it''''s''' PUBLICATION \"p\", \"q\" "
                + "WITH (enabled = false, create_slot = false, copy_data = false, slot_name = 's1', "
                + "\"binary\" = 'true', \"streaming\" = 'on')")
    }

    @Test func aProviderIsKnownByItsPlugin() {
        #expect(ReplicationProvider(plugin: "pgoutput") == .native)
        #expect(ReplicationProvider(plugin: "pglogical_output") == .pglogical)
        #expect(ReplicationProvider(plugin: "spock_output") == .spock)
        #expect(ReplicationProvider(plugin: "test_decoding") == nil)
        #expect(ReplicationProvider.libraries == ["spock", "pglogical"])
    }
}
