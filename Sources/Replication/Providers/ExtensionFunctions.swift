import Postgres

/// What pglogical and Spock do alike, by functions of other names.
struct ExtensionFunctions {
    var catalog: ExtensionCatalog
    var addTableFunction: String
    var addSequenceFunction: String
    var addInterfaceFunction: String
    var useInterfaceFunction: String
    var enableFunction: String
    var disableFunction: String
    var dropFunction: String
    var dropNodeFunction: String
    /// What follows the arguments of `addTableFunction` that both have.
    var addTableRest = ""

    private var schema: String { catalog.provider.rawValue }

    static let pglogical = ExtensionFunctions(
        catalog: ExtensionCatalog(.pglogical), addTableFunction: "replication_set_add_table",
        addSequenceFunction: "replication_set_add_sequence", addInterfaceFunction: "alter_node_add_interface",
        useInterfaceFunction: "alter_subscription_interface", enableFunction: "alter_subscription_enable",
        disableFunction: "alter_subscription_disable", dropFunction: "drop_subscription", dropNodeFunction: "drop_node")

    /// Partitions stand in the inventory by themselves, so a table does not bring its own.
    static let spock = ExtensionFunctions(
        catalog: ExtensionCatalog(.spock), addTableFunction: "repset_add_table", addSequenceFunction: "repset_add_seq",
        addInterfaceFunction: "node_add_interface", useInterfaceFunction: "sub_alter_interface",
        enableFunction: "sub_enable",
        disableFunction: "sub_disable", dropFunction: "sub_drop", dropNodeFunction: "node_drop",
        addTableRest: ", false")

    /// Adds what the set is to have and lacks. Gives a sentence for each relation that could not be added: one that
    /// cannot must not keep the others out.
    func fill(_ set: ReplicationSet, _ connection: Connection) async throws -> [String] {
        let missing = try await catalog.missing(of: set, connection)
        var problems: [String] = []
        for table in missing.tables {
            problems += try await attempt(table.relation, set) {
                _ = try await connection.query(
                    "SELECT \(schema).\(addTableFunction)($1, $2::regclass, false, $3::text[], $4\(addTableRest))",
                    [set.name, table.relation.quoted, table.columns.map { PostgresArray.text($0) }, table.rowFilter])
            }
        }
        for sequence in missing.sequences {
            problems += try await attempt(sequence, set) {
                _ = try await connection.query(
                    "SELECT \(schema).\(addSequenceFunction)($1, $2::regclass, false)", [set.name, sequence.quoted])
            }
        }
        return problems
    }

    private func attempt(
        _ relation: RelationName, _ set: ReplicationSet, _ body: () async throws -> Void
    ) async throws -> [String] {
        do {
            try await body()
            return []
        } catch let error as PostgresError where error.sqlState != nil {
            return ["\(relation) could not be added to replication set \(set.name): \(error.message)"]
        }
    }

    func addTables(inSchemas schemas: [String], _ connection: Connection) async throws {
        for (table, hasKey) in try await catalog.tables(inSchemas: schemas, connection) {
            _ = try await connection.query(
                """
                SELECT \(schema).\(addTableFunction)($1, $2::regclass)
                 WHERE NOT EXISTS (SELECT FROM \(schema).replication_set_table WHERE set_reloid = $2::regclass)
                """, [hasKey ? "default" : "default_insert_only", table.quoted])
        }
    }

    func addInterfaces(_ interfaces: [ReplicationInterface], of node: String, _ connection: Connection) async throws {
        let known = try await catalog.interfaces(of: node, connection).map(\.name)
        for interface in interfaces where !known.contains(interface.name) {
            _ = try await connection.query(
                "SELECT \(schema).\(addInterfaceFunction)($1, $2, $3)", [node, interface.name, interface.dsn])
        }
    }

    /// The provider's interfaces as the subscription had them, and the one that it used.
    func putInterfaces(of subscription: ReplicationSubscription, _ connection: Connection) async throws {
        guard let node = subscription.providerNode, let used = subscription.interface else { return }
        try await addInterfaces(subscription.interfaces, of: node, connection)
        _ = try await connection.query(
            """
            SELECT \(schema).\(useInterfaceFunction)(s.sub_name, $2)
              FROM \(schema).subscription s JOIN \(schema).node_interface i ON i.if_id = s.sub_origin_if
             WHERE s.sub_name = $1 AND i.if_name <> $2
            """, [subscription.name, used])
    }

    /// The connection string to make a subscription with: where the provider's node is known already, the one that it is
    /// known by.
    func dsn(of subscription: ReplicationSubscription, _ connection: Connection) async throws -> String {
        let known = try await catalog.interfaces(of: subscription.providerNode ?? "", connection)
        return known.first { $0.name == subscription.providerNode }?.dsn ?? subscription.dsn
    }

    /// Both hash names that are too long in a way of their own, and tell what comes of it.
    func slotName(
        of subscription: String, in database: String, from provider: String?, _ connection: Connection
    ) async throws -> String {
        try await connection.value(
            "SELECT \(schema).\(schema)_gen_slot_name($1::name, $2::name, $3::name)",
            [database, provider ?? "", subscription]) ?? subscription
    }

    /// A node that a subscription reads from is still needed.
    func forgetNode(_ name: String, _ connection: Connection) async throws {
        guard try await catalog.isInstalled(connection) else { return }
        _ = try await connection.query(
            """
            SELECT \(schema).\(dropNodeFunction)(n.node_name, true) FROM \(schema).node n
             WHERE n.node_name = $1 AND NOT EXISTS (SELECT FROM \(schema).local_node l WHERE l.node_id = n.node_id)
               AND NOT EXISTS (SELECT FROM \(schema).subscription s WHERE s.sub_origin = n.node_id)
            """, [name])
    }

    func drop(_ subscription: String, _ connection: Connection) async throws {
        guard try await catalog.isEnabled(subscription, connection) != nil else { return }
        try await disable(subscription, connection)
        let origin = try await origin(of: subscription, connection)
        _ = try await connection.query("SELECT \(schema).\(dropFunction)($1, true)", [subscription])
        if let origin { try await ReplicationOrigins.drop([origin], connection) }
    }

    /// A worker that died does not come back for a minute; turning it off and on starts it at once.
    func enable(_ subscription: String, _ connection: Connection) async throws {
        if try await catalog.isEnabled(subscription, connection) == true {
            if try await catalog.isAtWork(subscription, connection) { return }
            try await disable(subscription, connection)
        }
        _ = try await connection.query("SELECT \(schema).\(enableFunction)($1, true)", [subscription])
    }

    func disable(_ subscription: String, _ connection: Connection) async throws {
        guard let isEnabled = try await catalog.isEnabled(subscription, connection) else { return }
        if isEnabled { _ = try await connection.query("SELECT \(schema).\(disableFunction)($1, true)", [subscription]) }
        try await WorkerWait.untilGone(subscription, connection, query: catalog.workerQuery)
    }

    /// Name of the origin of a subscription, which is that of its slot.
    func origin(of subscription: String, _ connection: Connection) async throws -> String? {
        try await connection.value(
            "SELECT sub_slot_name FROM \(schema).subscription WHERE sub_name = $1", [subscription])
    }
}
