import Postgres
import Replication

/// How a node's database takes part in replication, as far as it decides which tables should be equal.
struct ReplicationSide: Sendable {
    var node: String
    /// Where the server listens.
    var port: Int
    /// One for each provider.
    var parts: [DatabaseReplication]
    /// Names of the database's logical slots.
    var slots: Set<String>
    /// Every table that it has.
    var tables: [RelationName]

    static func read(_ node: String, tables: [RelationName], _ connection: Connection) async throws -> ReplicationSide {
        var parts: [DatabaseReplication] = []
        for provider in ReplicationProvider.allCases {
            if let part = try await provider.replication.read(connection) { parts.append(part) }
        }
        let database = try await connection.value("SELECT current_database()")
        let slots = try await LogicalSlots.all(connection).filter { $0.database == database }
        return ReplicationSide(
            node: node,
            port: try await connection.value("SELECT current_setting('port')").flatMap { Int($0) } ?? 0,
            parts: parts, slots: Set(slots.map(\.name)), tables: tables)
    }
}

/// A table whose rows one node sends to another.
struct TableLink: Sendable, Hashable {
    /// Name of the node that sends.
    var provider: String
    /// Name of the node that receives.
    var subscriber: String
    var table: RelationName
    /// Columns that are sent; nil when all are.
    var columns: Set<String>?
    /// SQL condition on the rows that are sent; nil when all are.
    var rowFilter: String?

    /// What nodes send each other: pure. nil when no subscription of one of them goes to another.
    static func links(_ sides: [ReplicationSide]) -> [TableLink]? {
        var found: Set<TableLink> = []
        var isConnected = false
        for side in sides {
            for part in side.parts {
                for subscription in part.subscriptions {
                    for (provider, source) in sources(of: subscription, part.provider, sides)
                    where provider.node != side.node {
                        isConnected = true
                        for set in source.sets where subscription.sets.contains(set.name) {
                            found.formUnion(links(from: provider, to: side.node, set))
                        }
                    }
                }
            }
        }
        guard isConnected else { return nil }
        return found.sorted { ($0.table, $0.provider, $0.subscriber) < ($1.table, $1.provider, $1.subscriber) }
    }

    private static func links(
        from provider: ReplicationSide, to subscriber: String, _ set: ReplicationSet
    ) -> [TableLink] {
        let listed = set.tables.map { table in
            TableLink(
                provider: provider.node, subscriber: subscriber,
                table: RelationName(schema: table.relation.schema, name: table.relation.name),
                columns: table.columns.map { Set($0) }, rowFilter: table.rowFilter)
        }
        let whole = provider.tables.filter { set.allTables || set.schemas.contains($0.schema) }
        return listed + whole.map { TableLink(provider: provider.node, subscriber: subscriber, table: $0) }
    }

    /// The nodes that a subscription takes its rows from: one, where its port tells slots of one name apart.
    private static func sources(
        of subscription: ReplicationSubscription, _ provider: ReplicationProvider, _ sides: [ReplicationSide]
    ) -> [(ReplicationSide, DatabaseReplication)] {
        let candidates = sides.flatMap { side in
            side.parts.filter { part in
                guard part.provider == provider else { return false }
                if let name = subscription.providerNode { return part.identity?.name == name }
                return subscription.slot.map(side.slots.contains) ?? false
            }.map { (side, $0) }
        }
        let port = ConnectionString.parse(subscription.dsn)?["port"].flatMap { Int($0) } ?? 5432
        let onPort = candidates.filter { $0.0.port == port }
        return onPort.isEmpty ? candidates : onPort
    }
}
