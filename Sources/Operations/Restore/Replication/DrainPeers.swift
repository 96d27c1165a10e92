import Failures
import Postgres
import Replication

/// Waits until the peers of the fenced nodes hold everything that these wrote.
extension RestoreReplication {
    /// A peer that makes no progress for this long, in seconds, is given up.
    private static let patience = 60.0
    /// A subscription that nobody reads with for this long, in seconds, is not at work.
    private static let idleLimit = 10.0
    /// The same for a peer that did not answer when it was asked for its subscriptions.
    private static let silentPatience = 5.0

    /// Throws `not-drained` (73) when a peer does not keep up, unless divergence was consented to.
    func drain() async throws -> LinkProblems {
        var problems = LinkProblems()
        var outgoing: [ReplicationLink] = []
        for link in links where link.isWritten(by: targets) && link.subscription.isEnabled {
            guard let node = link.provider.node, try !isDown(link.provider) else { continue }
            if await !facts(node).isDrained { outgoing.append(link) }
        }
        guard !outgoing.isEmpty else { return problems }
        for name in Set(outgoing.compactMap(\.provider.node)).sorted() {
            run.say(try run.node(name), "waiting until its peers hold everything that was written")
        }
        let outcome = await withTaskGroup(of: (ReplicationLink, String?).self) { group in
            for link in outgoing {
                group.addTask {
                    do { return (link, try await drain(link)) } catch { return (link, Self.reason(error)) }
                }
            }
            var found: [(ReplicationLink, String)] = []
            for await case (let link, let problem?) in group { found.append((link, problem)) }
            return found.sorted { $0.0.id < $1.0.id }
        }
        try Task.checkCancellation()
        for (link, problem) in outcome {
            let sentence = "\(link.text) did not get all that \(link.provider.peer.label) wrote: \(problem)"
            guard acceptsDivergence else {
                throw OperationError(
                    .refused, code: "not-drained", sentence,
                    hint: "see what \(link.subscriber.peer.label) does, then: pgstanza restore resume "
                        + "\(run.plan.order.databaseID); or back out (pgstanza restore abort), and restore with "
                        + "--accept-divergence")
            }
            problems.add(sentence, node: owner(of: link), link: link)
        }
        return problems
    }

    /// nil when the subscriber has everything; else why not.
    private func drain(_ link: ReplicationLink) async throws -> String? {
        let isSilent = inventories.contains { $0.node == link.provider.node && $0.isSilent(link.subscriber.peer) }
        // A run before this one may have taken it out of service, and others been let in since.
        if !isSilent {
            try? await with(link.subscriber) { try await link.replication.enable(link.subscription.name, $0) }
        }
        return try await with(link.provider) { connection in
            let start = ContinuousClock.now
            while try await !ReplicationProgress.isActive(link.slot, connection) {
                guard ContinuousClock.now - start < .seconds(Self.idleLimit) else {
                    return "nobody reads from its slot \(link.slot)"
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            let delay = try await connection.value(
                "SELECT ceil(extract(epoch FROM $1::interval))", [link.subscription.options["apply_delay"] ?? "0"])
            let position = try await link.replication.mark(connection)
            let isDone = try await ReplicationProgress.wait(
                for: link.slot, toPass: position, connection,
                patience: (isSilent ? Self.silentPatience : Self.patience) + (delay.flatMap { Double($0) } ?? 0))
            return isDone ? nil : "it stands still before \(position)"
        }
    }
}
