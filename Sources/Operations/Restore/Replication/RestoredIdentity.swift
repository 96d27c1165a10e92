import Catalog
import Failures
import Postgres
import Replication

/// Makes a promoted server nobody to its peers, while it is still in quarantine, and then the node that it was.
///
/// Restored data bring the identity that they were copied with: another node's, whose subscriptions would take over
/// that node's slots, or the node's own of another time.
struct RestoredIdentity {
    var run: RestoreRun
    var node: NodePlacement

    private var parameters: ConnectionParameters { run.tools.parameters(node.primary, of: node) }

    /// Notes how far the restored data are, and takes out what they hold of subscriptions, sets and node. Connects to
    /// nobody, and nothing of the provider's runs.
    func clean() async throws {
        let replication = try RestoreReplication(run)
        guard await !replication.facts(node.name).isClean else { return }
        let found = try await InventoryReader.read(parameters)
        try await notePositions(found, replication)
        if !found.databases.isEmpty {
            try await keepIfUnknown(found)
            await run.pause("start-primary.positions")
            run.say(node, "taking out the identity that the restored data came with")
            for part in found.databases {
                var parameters = parameters
                parameters.database = part.database
                try await Connection.with(parameters) { try await part.provider.replication.clean($0) }
            }
        }
        try await replication.note(node.name) { $0.isClean = true }
    }

    /// Makes the node, its sets and publications as the inventory has them, behind the fence. Gives what could not be
    /// done, nil when all could.
    func make() async throws -> String? {
        let file = RestoreReplication.file(run, node.name)
        guard file.exists else { return nil }
        let inventory = try file.read().inventory
        guard !inventory.databases.isEmpty else { return nil }
        let present = try await Connection.with(parameters) { connection in
            try await connection.query("SELECT datname FROM pg_database").compactMap { $0["datname"] }
        }
        var problems: [String] = []
        run.say(node, "making it the node again that its peers know")
        for part in inventory.databases {
            guard present.contains(part.database) else {
                problems.append("the restored data have no database \(part.database), which took part in replication")
                continue
            }
            var parameters = parameters
            parameters.database = part.database
            problems += try await Connection.with(parameters) { connection in
                if let identity = part.identity {
                    try await part.provider.replication.createNode(identity, connection)
                }
                return try await part.provider.replication.createSets(part.sets, connection)
            }
        }
        problems += try await RestoreReplication.advanceSequences(run, node)
        return problems.isEmpty ? nil : problems.map { "\(node.name): \($0)" }.joined(separator: "; ")
    }

    /// Only what is noted before it is taken out can be gone on from.
    private func notePositions(_ found: ReplicationInventory, _ replication: RestoreReplication) async throws {
        var positions: [RestoredPosition] = []
        let links = ReplicationLink.all(
            of: [NodeReplication(node: node.name, inventory: found)], replication.access)
        for part in found.databases {
            var parameters = parameters
            parameters.database = part.database
            let origins = try await Connection.with(parameters) { try await part.provider.replication.positions($0) }
            for link in links where link.kind == part.provider && link.subscriber.database == part.database {
                guard let position = origins[link.subscription.name] else { continue }
                positions.append(RestoredPosition(link, at: position))
            }
        }
        let fork = try await Connection.with(parameters) { try await Self.forkPosition($0) }
        try await replication.note(node.name) { [positions] in
            // After a kill in the middle of the cleaning, what is still there is less than what was.
            if $0.restoredPositions.isEmpty { $0.restoredPositions = positions }
            $0.forkPosition = fork ?? $0.forkPosition
        }
    }

    /// The inventory of a node that was down when the restore began, and of which no copy was kept: its own backup has
    /// it as of the moment that was restored.
    private func keepIfUnknown(_ found: ReplicationInventory) async throws {
        let file = RestoreReplication.file(run, node.name)
        guard run.plan.order.isCreation != true, let source = run.plan.source(of: node.name),
            source.book.node == node.name,
            source.book.databaseID == node.databaseID
        else { return }
        var known = file.exists ? try file.read() : NodeReplication(node: node.name, inventory: ReplicationInventory())
        guard known.inventory.databases.isEmpty else { return }
        known.inventory.databases = found.databases
        try file.write(known)
    }

    /// Where the present timeline begins: the last line of its history that has anything in it, second field.
    private static func forkPosition(_ connection: Connection) async throws -> LSN? {
        let history = try await connection.value(
            """
            SELECT pg_read_file(
                'pg_wal/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '.history', 0, 1000000, true)
            """)
        let line = (history ?? "").split(separator: "\n").last { line in line.contains { !$0.isWhitespace } }
        let fields = (line ?? "").split(whereSeparator: \.isWhitespace)
        return fields.count > 1 ? LSN(fields[1]) : nil
    }
}
