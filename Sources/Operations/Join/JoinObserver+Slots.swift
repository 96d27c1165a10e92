import Failures
import Postgres
import Replication

/// The slots of a node that joins, by the names that they will have, on both sides.
extension JoinObserver {
    /// Names every slot as its provider will, and sees that nothing else has its name.
    func nameSlots(_ replication: inout NodeReplication) async throws {
        for index in replication.inventory.databases.indices {
            let part = replication.inventory.databases[index]
            for place in part.subscriptions.indices {
                let subscription = part.subscriptions[place]
                guard let provider = access.node(reachedBy: subscription.dsn) else { continue }
                let database = ConnectionString.parse(subscription.dsn)?["dbname"] ?? part.database
                let slot = try await on(provider, database: database) { connection in
                    let name = try await part.provider.replication.slotName(
                        of: subscription.name, in: part.database, from: subscription.providerNode, connection)
                    guard try await LogicalSlots.all(connection).allSatisfy({ $0.name != name }) else {
                        throw refusal(
                            "name-taken",
                            "\(provider.name) has a logical slot \(name) already, which \(node.name) needs",
                            hint: "drop it there when nobody reads from it")
                    }
                    try await requireRoom(provider, connection)
                    return name
                }
                replication.inventory.databases[index].subscriptions[place].slot = slot
            }
        }
        for index in replication.subscribers.indices {
            let subscriber = replication.subscribers[index]
            guard let name = subscriber.peer.node else { continue }
            let peer = try placement.node(name)
            let slot = try await on(peer, database: subscriber.database) { connection in
                let present = try await subscriber.provider.replication.read(connection)?.subscriptions ?? []
                guard present.allSatisfy({ $0.name != subscriber.subscription.name }) else {
                    throw refusal(
                        "name-taken",
                        "\(peer.name) has a subscription \(subscriber.subscription.name) already",
                        hint: "drop it there, or give the new node another name")
                }
                return try await subscriber.provider.replication.slotName(
                    of: subscriber.subscription.name, in: subscriber.database,
                    from: subscriber.subscription.providerNode, connection)
            }
            replication.subscribers[index].subscription.slot = slot
        }
        try requireDistinctSlots(replication)
    }

    /// A slot more, and somebody who reads from it.
    private func requireRoom(_ provider: NodePlacement, _ connection: Connection) async throws {
        let row = try await connection.query(
            """
            SELECT current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots) AS slots,
                   current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_replication) AS senders
            """)[0]
        for (setting, left) in [("max_replication_slots", "slots"), ("max_wal_senders", "senders")]
        where row.integer(left) ?? 0 < 1 {
            throw refusal(
                "no-room", "\(provider.name) has no room for another reader: \(setting) is reached",
                hint: "raise \(setting) there, which takes a restart")
        }
    }

    private func requireDistinctSlots(_ replication: NodeReplication) throws {
        let links = ReplicationLink.all(of: [replication], access)
        var seen: Set<String> = []
        for link in links where !seen.insert("\(link.provider.peer.label) \(link.slot)").inserted {
            throw refusal(
                "name-taken", "two subscriptions of \(node.name) would read from one slot \(link.slot)",
                hint: "give the subscriptions of its source other names")
        }
    }
}
