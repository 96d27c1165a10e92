import Failures
import Postgres

extension NodeTools {
    /// How long a new replica may take until it streams, in seconds.
    private static let streamLimit = 300.0

    /// Makes a replica of this machine stream from the node's primary: its slot, a base backup where it has no data
    /// directory, its start. One that streams already is left alone.
    ///
    /// Throws `other-cluster` (73) when its data directory holds something else, and `not-streaming` (1).
    public func buildReplica(_ replica: InstancePlacement, of node: NodePlacement) async throws {
        let replica = asItRuns(replica)
        let slot = node.slotName(of: replica)
        // Somebody's replica may stream through a slot of its own; a second one would keep WAL for nobody.
        if try isRunning(replica), case .cluster(let control) = try await dataDirectoryState(replica, of: node),
            try await isStreaming(replica, of: node)
        {
            return try await checkReplica(replica, control, of: node)
        }
        try await prepareSource(of: node)
        try await makeSlot(slot, of: node)
        switch try await dataDirectoryState(replica, of: node) {
        case .missing, .empty:
            try await takeBaseBackup(replica, of: node)
        case .cluster(let control):
            try await checkReplica(replica, control, of: node)
        case .foreign:
            throw OperationError(
                .refused, code: "other-cluster",
                "\(replica.pgdata), meant for the replica of \(node.name) on \(replica.hostID), holds files of somebody's",
                hint: "move them away, or name another directory in orchestrator_opts.local.instances")
        case .damaged(let reason):
            throw OperationError(
                .refused, code: "damaged-replica",
                "the replica of \(node.name) on \(replica.hostID) cannot be started as it is: \(reason)",
                hint: "move \(replica.pgdata) away; the replica is then built anew")
        }
        if node.primary.isHere {
            try ReplicaFiles(primary: try await currentConfiguration(node)).writeMissing(in: replica.pgdata)
        }
        try await start(replica, of: node)
        try await waitUntilStreaming(replica, of: node)
    }

    private func takeBaseBackup(_ replica: InstancePlacement, of node: NodePlacement) async throws {
        let name = "\(node.name) on \(replica.hostID)"
        let programs = try programs(for: replica, of: node)
        context.reporter.report(
            .phase(node: node.name, text: "copying the primary to the replica on \(replica.hostID)"))
        let reporter = context.reporter
        let tablespaces = try await tablespaceMap(replica, of: node)
        try await BaseBackup.take(
            baseBackupRequest(replica, of: node, tablespaces: tablespaces), programs: programs,
            onProgress: { progress in
                reporter.report(
                    .progress(
                        node: name, percent: progress.percent, bytesDone: progress.bytesDone,
                        bytesTotal: progress.bytesTotal))
            })
    }

    /// What a replica is to be, and where it is copied from.
    func baseBackupRequest(
        _ replica: InstancePlacement, of node: NodePlacement, tablespaces: [String: String]
    ) -> BaseBackup.Request {
        BaseBackup.Request(
            source: replicationSource(of: node), slot: node.slotName(of: replica), pgdata: replica.pgdata,
            clusterName: "\(node.databaseID)-\(node.name)-\(replica.hostID)", port: replica.port,
            socketDir: replica.socketDir, tablespaceMap: tablespaces,
            // A replica that somebody promotes must not write into its primary's archive.
            settings: ["archive_mode": "off", "archive_command": ArchiveCommand.discarding])
    }

    private func tablespaceMap(_ replica: InstancePlacement, of node: NodePlacement) async throws -> [String: String] {
        guard node.primary.isHere else { return [:] }
        let tablespaces = try await withConnection(to: node.primary, of: node) { try await Tablespace.all($0) }
        return try ReplicaTablespaces(replica: replica).map(tablespaces)
    }

    private func checkReplica(_ replica: InstancePlacement, _ control: ControlData, of node: NodePlacement) async throws
    {
        let identifier = try await sourceIdentifier(of: node)
        guard identifier == String(control.systemIdentifier), Directories.exists("\(replica.pgdata)/standby.signal")
        else {
            throw OperationError(
                .refused, code: "other-cluster",
                "\(replica.pgdata), meant for the replica of \(node.name) on \(replica.hostID), holds "
                    + (identifier == String(control.systemIdentifier)
                        ? "a copy of the primary that is no standby"
                        : "another cluster (system identifier \(control.systemIdentifier))"),
                hint: "move it away, or name another directory in orchestrator_opts.local.instances")
        }
    }

    private func waitUntilStreaming(_ replica: InstancePlacement, of node: NodePlacement) async throws {
        let start = ContinuousClock.now
        while try await !isStreaming(replica, of: node) {
            guard try isRunning(replica), ContinuousClock.now - start < .seconds(Self.streamLimit) else {
                throw OperationError(
                    .operation, code: "not-streaming",
                    "the replica of \(node.name) on \(replica.hostID) does not stream from its primary",
                    hint: "see \(replica.logFile)", details: lastLogLines(replica, of: node, count: 15))
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
