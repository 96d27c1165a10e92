import TargetTime

/// Makes the plan from what was asked, how the nodes are placed, what was seen and what preflight decided. Pure.
struct RestorePlanner {
    var order: RestoreOrder
    var placement: DatabasePlacement
    var observation: RestoreObservation
    var preflight: PreflightResult

    /// Bytes per second that a local `--delta` restore was seen to check and copy; only for a first guess.
    private static let guessedRate = 300_000_000.0
    /// The same of a base backup with its flushes to disk.
    private static let guessedCopyRate = 150_000_000.0
    /// What takes its time whatever the size, in seconds: stops, starts, and the proof that the last WAL arrived.
    private static let guessedRest = 5.0
    /// A replica's start, likewise.
    private static let guessedReplicaStart = 3.0

    func plan() throws -> RestorePlan {
        let nodes = try order.nodes.map { try placement.node($0.node) }
        let bytes = preflight.sources.reduce(0) { $0 + $1.bytes }
        return RestorePlan(
            madeAt: observation.at, order: order, basis: basis(nodes), sources: preflight.sources,
            checks: preflight.checks, subscriptions: preflight.subscriptions, steps: steps(nodes),
            commands: try commands(nodes), expectedBytes: bytes,
            expectedSeconds: guessedSeconds(nodes, bytes))
    }

    /// Nodes and replicas are worked on side by side, and share one machine's disks.
    private func guessedSeconds(_ nodes: [NodePlacement], _ bytes: Int64) -> Double {
        let replicas = nodes.flatMap { node in node.replicas.filter(\.isHere).map { _ in node.name } }
        let copied = replicas.reduce(Int64(0)) { sum, name in
            sum + (preflight.sources.first { $0.node == name }?.bytes ?? 0)
        }
        return Self.guessedRest + (replicas.isEmpty ? 0 : Self.guessedReplicaStart)
            + Double(bytes) / Self.guessedRate + Double(copied) / Self.guessedCopyRate
    }

    private func basis(_ nodes: [NodePlacement]) -> PlanBasis {
        PlanBasis(
            database: order.databaseID, specRevision: observation.specRevision, target: order.target,
            isExclusive: order.isExclusive, options: order.options, reenablesBackups: order.reenablesBackups,
            nodes: nodes.map { node in
                let seen = observation.nodes.first { $0.node == node.name }
                let source = preflight.sources.first { $0.node == node.name }
                var identifier = seen?.server?.systemIdentifier
                var timeline = seen?.server?.timeline
                var major = seen?.server?.majorVersion
                if case .cluster(let id, let version, let line)? = seen?.dataDirectory.state {
                    identifier = identifier ?? id
                    timeline = timeline ?? line
                    major = major ?? version
                }
                return PlanBasis.Node(
                    node: node.name, pgdata: node.primary.pgdata, systemIdentifier: identifier, timeline: timeline,
                    majorVersion: major ?? source?.majorVersion, replicas: node.replicas.map(\.pgdata),
                    replication: seen?.replication?.lines ?? [],
                    sourceNode: source?.book.node ?? node.name,
                    repositoryIdentity: source?.repositoryIdentity ?? "", label: source?.label ?? "",
                    sourceSystemIdentifier: source?.systemIdentifier ?? "", sourceTimeline: source?.timeline)
            })
    }

    private func steps(_ nodes: [NodePlacement]) -> [PlannedStep] {
        RestoreStepName.allCases.map { step in
            PlannedStep(
                number: step.number, name: step.rawValue, actions: nodes.flatMap { actions(of: step, on: $0) })
        }
    }

    private func actions(of step: RestoreStepName, on node: NodePlacement) -> [PlannedAction] {
        let seen = observation.nodes.first { $0.node == node.name }
        let source = preflight.sources.first { $0.node == node.name }
        let isRunning = seen?.server != nil
        func action(_ name: String, _ detail: String) -> PlannedAction {
            PlannedAction(node: node.name, action: name, detail: detail)
        }
        let pgdata = node.primary.pgdata
        switch step {
        case .removeSubscriptions:
            guard isRunning else { return [action("none", "the server does not run: nothing to fence")] }
            return [
                action("fence", "replace pg_hba.conf so that only \(node.superuser) is admitted, and prove it"),
                action("end-sessions", "end every other session"),
            ]
                + replication(of: node).map { link in
                    action(
                        "out-of-service",
                        link.provider.node == node.name
                            ? "wait until \(link.subscriber.peer.label) has everything, then disable \(link.text)"
                            : "disable \(link.text), its slot on \(link.provider.peer.label) kept")
                }
        case .tearDownReplicas:
            return node.replicas.filter(\.isHere).map {
                action("move-aside", "stop the replica on \($0.hostID) and move \($0.pgdata) aside")
            }
        case .removeBackupConfiguration:
            var list = [action("backups-off", "schedules and backups of \(node.name) are off from here on")]
            if isRunning, let book = seen?.closedBook, book.problem == nil {
                list.append(
                    action(
                        "mark",
                        "write a marker commit and a restore point, and put the WAL since the last restore into "
                            + book.repositoryName))
            } else if isRunning, seen?.archivingProblem == nil {
                list.append(action("mark", "write a marker commit and a restore point, and archive the last WAL"))
            } else if let left = seen?.unarchivedWAL, !left.segments.isEmpty {
                list.append(action("archive-leftover", "archive \(left.segments.count) segments left in pg_wal"))
            }
            if let other = source?.needsMarkerOn, other != node.name {
                list.append(action("mark-source", "write a marker commit on \(other) and archive its WAL"))
            }
            return list
        case .stopPrimary:
            return [action(isRunning ? "stop" : "none", isRunning ? "fast shutdown of \(pgdata)" : "already down")]
        case .restoreFiles:
            guard let source else { return [] }
            return [
                action(
                    "restore",
                    "backup \(source.label) of \(source.book.node) from \(source.book.repositoryName) into \(pgdata), "
                        + "target \(order.narrowed(to: node.name).target.described)"
                        + (source.timeline.map { ", timeline \($0)" } ?? "")),
                action("own-files", "put back the node's own configuration files, the fence included"),
            ]
        case .startPrimary:
            var list = [
                action("promote", "start, replay, promote; archiving stays off, and no subscription is at work"),
                action("own-settings", "put back the node's own postgresql.auto.conf and restart once"),
            ]
            if seen?.replication != nil {
                list.insert(action("identity", "take out the subscriptions, sets and node of the restored data"), at: 1)
                list.append(action("identity", "make the node and its sets as they were"))
            }
            if let other = order.nodes.first(where: { $0.node == node.name })?.sourceDatabaseName,
                other != node.databaseName
            {
                list.append(action("rename", "rename database \(other) to \(node.databaseName)"))
            }
            return list
        case .recreateReplicas:
            return node.replicas.filter(\.isHere).map {
                action("base-backup", "build the replica on \($0.hostID) in \($0.pgdata) anew")
            }
        case .recreateSubscriptions:
            var list = replication(of: node).map { link in
                action(
                    "subscription",
                    link.provider.node == node.name
                        ? "a new slot \(link.slot), and \(link.text) goes on from it"
                        : "\(link.text) made anew at the position of the restored data")
            }
            list.append(action("lift-fence", "put back the node's own pg_hba.conf"))
            if order.reenablesBackups {
                list.append(action("backups-on", "a new repository id, a new stanza and a full backup"))
            }
            return list
        }
    }

    private func replication(of node: NodePlacement) -> [ReplicationLink] {
        observation.links.filter { $0.provider.node == node.name || $0.subscriber.node == node.name }
    }

    private func commands(_ nodes: [NodePlacement]) throws -> [String] {
        try nodes.flatMap { node -> [String] in
            guard let source = preflight.sources.first(where: { $0.node == node.name }) else { return [] }
            let restore = RestoreInvocation(
                order: order.narrowed(to: node.name), node: node, source: source, quarantine: [:])
            return [
                "pg_ctl -D \(node.primary.pgdata) -m fast -w stop",
                try restore.rendered(),
                "pg_ctl -D \(node.primary.pgdata) -l \(node.primary.logFile) -w start",
            ]
        }
    }
}
