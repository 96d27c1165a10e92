import Failures
import Postgres
import Replication

/// Makes the subscriptions of restored nodes again, at exact positions, and watches them, while the nodes are fenced.
///
/// Safe to repeat: what is made stays, and what was enabled once is not moved any more. A subscription whose peer does
/// not answer is left for later in a way that loses nothing: a restored node keeps a slot for the peer under another
/// name, since under its own the peer would read from it with a position of the past.
extension RestoreReplication {
    private static let patience = 60.0

    /// Gives what could not be done. Throws what a restored node itself failed at.
    func bringBack() async throws -> LinkProblems {
        var problems = LinkProblems()
        guard !links.isEmpty else { return problems }
        for link in links where link.isWritten(by: targets) { try await makeSlot(link, &problems) }
        await run.pause("recreate-subscriptions.slots")
        for link in links where !problems.links.contains(link.id) { try await makeSubscription(link, &problems) }
        await run.pause("recreate-subscriptions.made")
        for name in targets { try await note(name) { $0.caughtUp = $0.caughtUp ?? [] } }
        for link in links where link.subscription.isEnabled && !problems.links.contains(link.id) {
            try await attempt(link, &problems) {
                try await with(link.subscriber) { try await link.replication.enable(link.subscription.name, $0) }
            }
        }
        await run.pause("recreate-subscriptions.enabled")
        try await watch(&problems)
        return problems
    }

    /// The slot on a restored node, for a peer or for another restored node.
    private func makeSlot(_ link: ReplicationLink, _ problems: inout LinkProblems) async throws {
        guard let provider = link.provider.node else { return }
        let facts = await facts(provider)
        if await self.facts(owner(of: link)).made.contains(link.id) { return }
        var name = link.slot
        if !link.isRead(by: targets), facts.slots[link.id] == nil || facts.slots[link.id]?.name != name {
            do {
                try await with(link.subscriber) { connection in
                    try await link.replication.disable(link.subscription.name, connection)
                    // Takes the slot of its name away with it, so it goes first.
                    try await link.replication.retire(link.subscription, connection)
                }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                name = Self.parkedName(link)
                problems.add(
                    "\(link.text): \(link.subscriber.peer.label) does not answer (\(Self.reason(error))), so a slot "
                        + "is kept for it; \(completion)", node: owner(of: link), link: link)
            }
        }
        try await with(link.provider) { [name] connection in
            let plugin = link.replication.outputPlugin
            let parked = Self.parkedName(link)
            if name != parked, try await LogicalSlots.position(parked, plugin: plugin, connection) != nil,
                try await LogicalSlots.position(name, plugin: plugin, connection) == nil
            {
                // Kept for a peer that is back: the same slot under the name it has to have.
                _ = try await connection.query("SELECT pg_copy_logical_replication_slot($1, $2)", [parked, name])
            }
            let position = try await LogicalSlots.create(name, plugin: plugin, connection)
            try await note(provider) { $0.slots[link.id] = MadeSlot(name: name, position: position) }
            if name != parked { try await LogicalSlots.drop(parked, connection) }
        }
    }

    private static func parkedName(_ link: ReplicationLink) -> String { String(("parked_" + link.slot).prefix(63)) }

    private func makeSubscription(_ link: ReplicationLink, _ problems: inout LinkProblems) async throws {
        let node = owner(of: link)
        if await facts(node).made.contains(link.id) { return }
        let slot = link.isWritten(by: targets) ? await facts(link.provider.node ?? "").slots[link.id] : nil
        let position = link.isWritten(by: targets) ? nil : await position(of: link)
        try await attempt(link, &problems) {
            // A provider that hangs would hold the making up, which asks it what it publishes.
            if let provider = link.provider.node, !targets.contains(provider) {
                try await with(link.provider) { _ = try await $0.value("SELECT 1") }
            }
            try await takeHeldSlot(link)
            try await with(link.subscriber) { connection in
                if link.isRead(by: targets) {
                    try await link.replication.createSubscription(link.subscription, at: position, connection)
                } else if let slot {
                    try await link.replication.renew(link.subscription, at: slot.position, connection)
                }
            }
            // Noted before it is enabled: once it is at work its position is its own business.
            try await note(node) { $0.made.insert(link.id) }
        }
    }

    /// For a node that went back in time: its slot on the provider is too far, and the one that was kept for the backup
    /// takes its place.
    private func takeHeldSlot(_ link: ReplicationLink) async throws {
        guard let node = link.subscriber.node, !link.isWritten(by: targets), run.plan.order.target != .latest,
            let source = run.plan.source(of: node), source.book.node == node,
            source.book.databaseID == run.plan.order.databaseID, await facts(node).slots[link.id] == nil
        else { return }
        let held = HoldingSlots.name(label: source.label, node: node, slot: link.slot)
        let plugin = link.replication.outputPlugin
        let position = try await with(link.provider) { connection -> LSN? in
            guard try await LogicalSlots.position(held, plugin: plugin, connection) != nil else { return nil }
            try await LogicalSlots.drop(link.slot, connection)
            _ = try await connection.query("SELECT pg_copy_logical_replication_slot($1, $2)", [held, link.slot])
            return try await LogicalSlots.position(link.slot, plugin: plugin, connection)
        }
        guard let position else { return }
        try await note(node) { $0.slots[link.id] = MadeSlot(name: link.slot, position: position) }
    }

    /// How far the restored data are with the provider of an inbound subscription; nil where that is not known, so that
    /// it begins where its kept slot stands.
    private func position(of link: ReplicationLink) async -> LSN? {
        guard let node = link.subscriber.node, let source = run.plan.source(of: node) else { return nil }
        let facts = await facts(node)
        if source.book.databaseID == run.plan.order.databaseID, source.book.node == node {
            if !link.replication.positionsSurviveRecovery { return facts.livePositions[link.id] }
            return facts.restoredPositions.first {
                $0.database == link.subscriber.database && $0.subscription == link.subscription.name
                    && $0.provider == link.kind
            }?.position
        }
        // The source's own changes are in the restored data up to where these left its history.
        if source.book.databaseID == run.plan.order.databaseID, source.book.node == link.provider.node {
            return facts.forkPosition
        }
        let known = link.replication.positionsSurviveRecovery ? facts.restoredPositions : facts.sourcePositions
        return known.first { $0.fits(link) }?.position
    }

    /// Waits until every subscription has passed what its provider holds now.
    private func watch(_ problems: inout LinkProblems) async throws {
        let enabled = links.filter { $0.subscription.isEnabled && !problems.links.contains($0.id) }
        let outcome = await withTaskGroup(of: (ReplicationLink, String?).self) { group in
            for link in enabled {
                group.addTask {
                    do {
                        let isDone = try await with(link.provider) { connection in
                            let position = try await link.replication.mark(connection)
                            return try await ReplicationProgress.wait(
                                for: link.slot, toPass: position, connection, patience: Self.patience)
                        }
                        return (link, isDone ? nil : "it stands still")
                    } catch {
                        return (link, Self.reason(error))
                    }
                }
            }
            var found: [(ReplicationLink, String?)] = []
            for await result in group { found.append(result) }
            return found
        }
        try Task.checkCancellation()
        for (link, problem) in outcome.sorted(by: { $0.0.id < $1.0.id }) {
            let node = owner(of: link)
            if let problem {
                problems.add(
                    "\(link.text) was made and has not caught up: \(problem); \(completion)", node: node, link: link)
            } else {
                try await note(node) { $0.caughtUp?.insert(link.id) }
            }
        }
    }

    private func attempt(
        _ link: ReplicationLink, _ problems: inout LinkProblems, _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            problems.add(
                "\(link.text) could not be put back: \(Self.reason(error)); \(completion)", node: owner(of: link),
                link: link)
        }
    }
}
