import TargetTime

/// Judges whether a restore can be done, before anything is stopped: a pure function of what was asked and seen.
public enum Preflight {
    /// One check: looks at one node and says what it found.
    typealias Check = @Sendable (NodeCase) -> [CheckResult]

    /// Every check, in the order in which plans show the results: who may act first, then what would be lost.
    static let checks: [(names: [CheckName], check: Check)] = [
        ([.host], HostChecks.host),
        ([.pgbackrest], HostChecks.pgbackrest),
        ([.programs], HostChecks.programs),
        ([.owner], DirectoryChecks.owner),
        ([.writable], DirectoryChecks.writable),
        ([.busy], HostChecks.busy),
        ([.supervisor], HostChecks.supervisor),
        ([.server], HostChecks.server),
        ([.dataDirectory], DirectoryChecks.dataDirectory),
        ([.configuration], DirectoryChecks.configuration),
        (
            [.repository, .setExists, .backupSet, .timeline, .target, .archivedWAL, .retention],
            SourceChecks.target
        ),
        ([.version], ClusterChecks.version),
        ([.settings], ClusterChecks.settings),
        ([.freeSpace], ClusterChecks.freeSpace),
        ([.tablespaces], PlaceChecks.tablespaces),
        ([.links], PlaceChecks.links),
        ([.replication], ReplicationChecks.replication),
        ([.preparedTransactions], ReplicationChecks.preparedTransactions),
        ([.replicas], ReplicationChecks.replicas),
        ([.walLoss], LossChecks.walLoss),
        ([.wayBack], LossChecks.wayBack),
        ([.options], OptionChecks.options),
    ]

    /// Checks that say something sensible of a data directory that cannot be entered.
    static let needsNoDirectory: Set<CheckName> = [
        .host, .pgbackrest, .programs, .owner, .busy, .supervisor, .repository, .setExists, .backupSet, .timeline,
        .target, .archivedWAL, .retention, .options,
    ]

    /// The results of every check on every node, and the set that each node is restored from.
    public static func judge(order: RestoreOrder, observation: RestoreObservation, now: Instant) -> PreflightResult {
        var results: [CheckResult] = []
        var sources: [ChosenSource] = []
        var chosen: [String: NodeCase] = [:]
        for nodeOrder in order.nodes {
            guard let node = observation.nodes.first(where: { $0.node == nodeOrder.node }) else { continue }
            let nodeCase = NodeCase(
                order: order, nodeOrder: nodeOrder, node: node, neighbours: observation.neighbours, now: now)
            guard node.isHere, node.pgbackrestProblem == nil else {
                // Nothing else could be looked at: only what is known is said.
                results += HostChecks.host(nodeCase) + (node.isHere ? HostChecks.pgbackrest(nodeCase) : [])
                continue
            }
            // What lies in somebody else's directory cannot be seen, and nothing should be said about it.
            let isOthers = node.dataDirectory.otherOwner != nil
            for entry in checks where !isOthers || needsNoDirectory.isSuperset(of: entry.names) {
                results += entry.check(nodeCase)
            }
            if let source = ChosenSource(nodeCase) {
                sources.append(source)
                chosen[nodeOrder.node] = nodeCase
            }
        }
        let cases = SubscriptionJudge(order: order, observation: observation, chosen: chosen).cases()
        for nodeOrder in order.nodes { results += ReplicationChecks.subscriptions(cases, node: nodeOrder.node) }
        return PreflightResult(checks: results, sources: sources, subscriptions: cases)
    }
}

extension ChosenSource {
    /// What was chosen for a node; nil when nothing fits.
    init?(_ nodeCase: NodeCase) {
        guard let chosen = nodeCase.chosen else { return nil }
        let set = chosen.set.backup
        let book = chosen.book
        let map = PlaceChecks.map(nodeCase)
        func destinations(_ entries: [PlaceMap.Entry]) -> [String: String] {
            Dictionary(entries.map { ($0.name, $0.destination) }) { first, _ in first }
        }
        let isGone = nodeCase.isOwnBackup && !nodeCase.hasReadableCluster
        self.init(
            node: nodeCase.node.node, book: book.reference, repositoryIdentity: book.identity, label: set.label,
            setType: set.type.rawValue, setStopped: set.stopped,
            timeline: nodeCase.order.target == .immediate ? nil : chosen.set.line.timeline,
            systemIdentifier: book.systemIdentifiers[set.databaseID] ?? "",
            majorVersion: book.majorVersions[set.databaseID] ?? 0, bytes: set.size,
            isNextToExpire: Expiry.isNext(set, in: book.backups, retention: book.retention, now: nodeCase.now),
            tablespaces: destinations(map?.tablespaces ?? []),
            links: destinations((map?.links ?? []) + (isGone ? map?.openLinks ?? [] : [])),
            needsMarkerOn: chosen.marker, databases: nodeCase.chosenDetail?.details?.databases.map(\.name))
    }
}
