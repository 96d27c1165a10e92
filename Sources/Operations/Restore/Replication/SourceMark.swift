import Failures
import Postgres
import Replication

/// Brings another node, whose backup a node is restored from, to where the kept slots of that node can go on.
extension RestoreReplication {
    /// What the source subscribes to that the node subscribes to as well.
    func sourceLinks(for node: String, source: String) async throws -> [ReplicationLink] {
        let wanted = links.filter {
            $0.subscriber.node == node && $0.provider.node != source && !$0.isWritten(by: targets)
        }
        guard !wanted.isEmpty else { return [] }
        let inventory = try await InventoryReader.read(
            run.tools.parameters(try run.node(source).primary, of: try run.node(source)))
        let own = ReplicationLink.all(of: [NodeReplication(node: source, inventory: inventory)], access)
        return wanted.compactMap { link in own.first { $0.hasSameProvider(as: link) } }
    }

    /// Waits until the source has everything that its providers had written when the node was taken out of service: the
    /// node's kept slots then stand before the source's positions. Gives what went wrong.
    ///
    /// Where the restored data will not tell these positions, the source's subscriptions are paused and their positions
    /// noted: they stay so until ``unpauseSource(for:)``.
    func bringUpToDate(_ source: String, for node: String) async throws -> [String] {
        var problems: [String] = []
        // A run that was killed may have left them paused, and they would be passed over.
        try await unpauseSource(for: node)
        try await note(node) { $0.sourcePositions = [] }
        for link in try await sourceLinks(for: node, source: source) {
            if let problem = try await catchUp(link) { problems.append(problem) }
            guard !link.replication.positionsSurviveRecovery, link.subscription.isEnabled else { continue }
            let paused = PausedSubscription(
                node: source, database: link.subscriber.database, provider: link.kind,
                subscription: link.subscription.name)
            try await note(node) { $0.pausedOnSource.append(paused) }
            let positions = try await with(link.subscriber) { connection in
                try await link.replication.disable(link.subscription.name, connection)
                return try await link.replication.positions(connection)
            }
            guard let position = positions[link.subscription.name] else { continue }
            let found = RestoredPosition(link, at: position)
            try await note(node) { $0.sourcePositions.append(found) }
        }
        return problems
    }
}

extension ReplicationLink {
    /// Whether two subscribers get the same from the same.
    func hasSameProvider(as other: ReplicationLink) -> Bool {
        guard kind == other.kind, provider.database == other.provider.database,
            Set(subscription.sets) == Set(other.subscription.sets)
        else { return false }
        return provider.node != nil
            ? provider.node == other.provider.node
            : subscription.dsn == other.subscription.dsn
    }
}

extension RestoredPosition {
    init(_ link: ReplicationLink, at position: LSN) {
        self.init(
            database: link.subscriber.database, provider: link.kind, subscription: link.subscription.name,
            position: position, node: link.provider.node, nodeDatabase: link.provider.database,
            sets: link.subscription.sets)
    }

    /// Whether it says how far the subscriber of `link` is, when that has the data it was read from.
    func fits(_ link: ReplicationLink) -> Bool {
        provider == link.kind && node == link.provider.node && nodeDatabase == link.provider.database
            && Set(sets) == Set(link.subscription.sets) && (node != nil || subscription == link.subscription.name)
    }
}
