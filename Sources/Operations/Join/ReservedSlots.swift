import Failures
import Postgres
import Replication

/// The slots of a node that joins, on the nodes that it is going to read from.
///
/// They are made before its source is brought up to date: whatever it is restored to afterwards, its data hold everything
/// that was committed before them, and they hold everything since.
extension RestoreReplication {
    /// What a node that joins reads from nodes that are there.
    private var reading: [ReplicationLink] { links.filter { $0.isRead(by: targets) && !$0.isWritten(by: targets) } }

    /// Throws `slot-exists` (73) for one that somebody else has made meanwhile, and `slot-blocked` (1).
    func reserveSlots() async throws {
        for link in reading {
            guard let node = link.subscriber.node else { continue }
            let isOurs = await facts(node).reserved?.contains(link.id) ?? false
            run.say(try run.node(node), "having \(link.provider.peer.label) keep what it writes from now on")
            try await with(link.provider) { connection in
                if !isOurs {
                    let plugin = link.replication.outputPlugin
                    guard try await LogicalSlots.position(link.slot, plugin: plugin, connection) == nil else {
                        throw OperationError(
                            .refused, code: "slot-exists",
                            "\(link.provider.peer.label) has a logical slot \(link.slot) already",
                            hint: "drop it there when nobody reads from it")
                    }
                    // Noted first: what a kill leaves is known.
                    try await note(node) { $0.reserved = ($0.reserved ?? []) + [link.id] }
                    await run.pause("remove-subscriptions.reserving")
                }
                _ = try await LogicalSlots.create(link.slot, plugin: link.replication.outputPlugin, connection)
            }
        }
        // Of a node of that name that went away, in another place.
        for link in links where link.isWritten(by: targets) && !link.isRead(by: targets) {
            guard let name = link.subscription.providerNode else { continue }
            try await with(link.subscriber) { try await link.replication.forgetNode(name, $0) }
        }
        await run.pause("remove-subscriptions.reserved")
    }

    /// Takes away what the peers have for nodes that come to nothing: the slots that were made for them, subscriptions to
    /// them, and the pause of a source.
    func giveUp() async throws {
        for name in targets { try await unpauseSource(for: name) }
        for link in links where link.isWritten(by: targets) && !link.isRead(by: targets) {
            try await with(link.subscriber) { connection in
                try await link.replication.drop(link.subscription.name, connection)
                if let node = link.subscription.providerNode {
                    try await link.replication.forgetNode(node, connection)
                }
            }
        }
        for link in reading {
            guard let node = link.subscriber.node, await facts(node).reserved?.contains(link.id) ?? false else {
                continue
            }
            try await with(link.provider) { try await LogicalSlots.drop(link.slot, $0) }
        }
    }

    /// Throws `not-up-to-date` (1) when a node would begin with data that lack rows, and nobody would notice.
    func requireUpToDate(_ problems: [String]) throws {
        guard run.plan.order.isCreation == true, let first = problems.first else { return }
        throw OperationError(
            .operation, code: "not-up-to-date", first, hint: "see that it replicates, then do the same again")
    }
}
