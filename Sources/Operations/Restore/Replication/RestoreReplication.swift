import Catalog
import Failures
import Postgres
import Replication

/// The subscriptions of the nodes that are restored, from their inventories on disk.
struct RestoreReplication: Sendable {
    var run: RestoreRun
    var access: PeerAccess
    var inventories: [NodeReplication]
    var links: [ReplicationLink]
    var targets: Set<String>

    /// Throws when an inventory that is there cannot be read; a node without one takes no part.
    init(_ run: RestoreRun) throws {
        self.run = run
        access = PeerAccess(tools: run.tools, placement: run.placement)
        targets = Set(run.plan.nodeNames)
        inventories = try run.plan.nodeNames.compactMap { name in
            let file = Self.file(run, name)
            return file.exists ? try file.read() : nil
        }
        links = ReplicationLink.all(of: inventories, access)
    }

    /// The restore point at which the recovery of a node to the end of the WAL has to stop, because positions were noted
    /// there that the restored data do not tell; nil where they do.
    func recoveryPoint(of node: NodePlacement) async throws -> String? {
        guard run.plan.order.target == .latest, let source = run.plan.source(of: node.name),
            source.book.databaseID == run.plan.order.databaseID,
            links.contains(where: { $0.subscriber.node == node.name && !$0.replication.positionsSurviveRecovery })
        else { return nil }
        if let other = source.needsMarkerOn, other == source.book.node, !targets.contains(other) {
            let number = await run.journal.facts(node.name).sourceMarks ?? 1
            return RemoveBackupConfiguration.sourcePoint(run, node, number)
        }
        return await run.journal.facts(source.book.node).undo?.name
    }

    static func file(_ run: RestoreRun, _ node: String) -> InventoryFile {
        InventoryFile(path: "\(run.directory)/\(node)/replication.json")
    }

    /// The target node whose business a link is, for warnings: the one that reads, else the one that writes.
    func owner(of link: ReplicationLink) -> String {
        if let node = link.subscriber.node, targets.contains(node) { return node }
        return link.provider.node ?? run.plan.nodeNames[0]
    }

    func with<Result: Sendable>(
        _ end: ReplicationLink.End, _ body: @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        try await access.with(end.peer, database: end.database, body)
    }

    /// Whether the end is a target node whose server does not run.
    func isDown(_ end: ReplicationLink.End) throws -> Bool {
        guard let name = end.node, targets.contains(name) else { return false }
        return try !run.tools.isRunning(try run.node(name).primary)
    }

    /// Changes what is remembered of a node's subscriptions.
    func note(_ node: String, _ change: @Sendable (inout ReplicationFacts) -> Void) async throws {
        try await run.journal.note(node) { facts in
            var replication = facts.replication ?? ReplicationFacts()
            change(&replication)
            facts.replication = replication
        }
    }

    func facts(_ node: String) async -> ReplicationFacts {
        await run.journal.facts(node).replication ?? ReplicationFacts()
    }

    static func reason(_ error: any Error) -> String { (error as? any Failure)?.message ?? "\(error)" }

    /// Says what is to be done about a peer that could not be reached.
    var completion: String { "when it is back: pgstanza db update \(run.plan.order.databaseID)" }

    var acceptsDivergence: Bool { run.plan.order.consents.contains(ConsentName.divergence.rawValue) }
}

/// What went wrong with single subscriptions, by the node whose warning it is.
struct LinkProblems: Sendable {
    private(set) var sentences: [String: [String]] = [:]
    private(set) var links: Set<String> = []

    mutating func add(_ sentence: String, node: String, link: ReplicationLink? = nil) {
        sentences[node, default: []].append(sentence)
        if let link { links.insert(link.id) }
    }

    mutating func add(_ others: LinkProblems) {
        for (node, found) in others.sentences { sentences[node, default: []] += found }
        links.formUnion(others.links)
    }

    /// One warning for each node.
    var warnings: [String: String] { sentences.mapValues { $0.joined(separator: "; ") } }
}
