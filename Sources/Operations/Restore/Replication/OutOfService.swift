import Failures
import Postgres
import Replication

/// Takes subscriptions out of service on both sides, their slots kept, and puts them back.
extension RestoreReplication {
    /// Stops every subscription of the target nodes, both ways, and notes how far these were.
    ///
    /// A peer that does not answer is a warning: it applies nothing as long as it is down, and what becomes of its
    /// subscription is decided before the node serves again.
    func takeOutOfService() async throws -> LinkProblems {
        var problems = LinkProblems()
        for name in targets { try await note(name) { $0.isDrained = true } }
        await run.pause("remove-subscriptions.drained")
        let sources = sourcesAmongTargets
        // A target that others are restored from goes on until it has what those confirmed to their providers.
        let last = links.filter { $0.isRead(by: sources) && !$0.isWritten(by: targets) }
        for link in links where !last.contains(link) { try await stop(link, &problems) }
        for link in last where try !isDown(link.subscriber) {
            if let problem = try await catchUp(link) { problems.add(problem, node: owner(of: link)) }
        }
        for link in last { try await stop(link, &problems) }
        try await notePositions()
        return problems
    }

    /// Targets that another target is restored from.
    private var sourcesAmongTargets: Set<String> {
        Set(
            run.plan.sources.filter {
                $0.book.databaseID == run.plan.order.databaseID && $0.book.node != $0.node
                    && targets.contains($0.book.node)
            }.map(\.book.node))
    }

    private func stop(_ link: ReplicationLink, _ problems: inout LinkProblems) async throws {
        guard try !isDown(link.subscriber) else { return }
        do {
            try await with(link.subscriber) { try await link.replication.disable(link.subscription.name, $0) }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Our own node answers, or the restore cannot go on.
            if link.isRead(by: targets) { throw error }
            // Whoever sends to a peer that hangs would hold the node's shutdown up.
            if try !isDown(link.provider) {
                _ = try await with(link.provider) { connection in
                    try await connection.query(
                        """
                        SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
                         WHERE slot_name = $1 AND active_pid IS NOT NULL
                        """, [link.slot])
                }
            }
            problems.add(
                "\(link.text) could not be taken out of service, since \(link.subscriber.peer.label) does not answer "
                    + "(\(Self.reason(error))); \(completion)",
                node: owner(of: link), link: link)
        }
    }

    /// Waits until the subscriber of a link has everything that its provider has written by now; gives a sentence when
    /// it does not get there.
    func catchUp(_ link: ReplicationLink) async throws -> String? {
        guard link.subscription.isEnabled else { return nil }
        do {
            let isDone = try await with(link.provider) { connection in
                let position = try await link.replication.mark(connection)
                return try await ReplicationProgress.wait(
                    for: link.slot, toPass: position, connection, patience: 30)
            }
            return isDone ? nil : "\(link.text) stands still, so what is restored from it may lack rows"
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return "\(link.text) could not be brought up to date: \(Self.reason(error))"
        }
    }

    private func notePositions() async throws {
        for link in links where link.isRead(by: targets) {
            guard let node = link.subscriber.node, try !isDown(link.subscriber) else { continue }
            let found = try await with(link.subscriber) { try await link.replication.positions($0) }
            guard let position = found[link.subscription.name] else { continue }
            try await note(node) { $0.livePositions[link.id] = position }
        }
    }

    /// Enables what was enabled before, for a restore that is backed out of: the slots were kept, so that everything
    /// goes on where it stopped. Gives a sentence for each that could not be.
    func putBackInService() async throws -> [String] {
        var problems: [String] = []
        for link in links where link.subscription.isEnabled {
            if try isDown(link.subscriber) { continue }
            do {
                try await with(link.subscriber) { try await link.replication.enable(link.subscription.name, $0) }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                problems.append(
                    "\(link.text) could not be enabled again on \(link.subscriber.peer.label): \(Self.reason(error)); "
                        + "enable it there when it is back")
            }
        }
        for name in targets { try await unpauseSource(for: name) }
        return problems
    }

    /// Has the subscriptions of a source run again that were paused while its restore point was made.
    func unpauseSource(for node: String) async throws {
        for paused in await facts(node).pausedOnSource {
            try await access.with(PeerReference(node: paused.node), database: paused.database) { connection in
                try await paused.provider.replication.enable(paused.subscription, connection)
            }
        }
        try await note(node) { $0.pausedOnSource = [] }
    }
}
