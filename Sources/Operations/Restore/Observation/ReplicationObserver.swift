import Catalog
import Postgres
import Replication

/// Finds out how a node takes part in logical replication, whether it runs or not.
struct ReplicationObserver: Sendable {
    var access: PeerAccess

    private var tools: NodeTools { access.tools }

    /// What an unfinished restore has on disk, since the node is not itself then; else what a running server says; else
    /// the copy from when it last ran, with what its peers say today. nil when it takes no part.
    ///
    /// Throws what the node's own server does.
    func observe(_ node: NodePlacement) async throws -> NodeReplication? {
        if let known = try unfinished(node) { return known }
        let saved = try tools.savedInventory(node).readIfPresent()
        let found: NodeReplication
        if try tools.isRunning(node.primary) {
            found = try await InventoryTaker(access: access).take(node, knowing: saved)
        } else {
            found = try await InventoryTaker(access: access).recall(node, knowing: saved)
        }
        return found.isEmpty ? nil : found
    }

    /// The same for a plan: what cannot be found out is an observation as well. `planned` is what a node will have that
    /// is not there yet.
    func observe(
        _ node: NodePlacement, _ nodeOrder: NodeOrder, _ planned: NodeReplication?, into seen: inout NodeObservation
    ) async {
        do {
            if let planned { seen.replication = planned } else { seen.replication = try await observe(node) }
            guard seen.replication != nil else { return }
            if seen.server != nil {
                seen.idleSlots = try await tools.withConnection(to: node.primary, of: node) { connection in
                    Set(
                        try await connection.query(
                            "SELECT slot_name FROM pg_replication_slots WHERE slot_type = 'logical' AND NOT active"
                        ).compactMap { $0[0] })
                }
            }
            if HoldingSlots.areWanted(node), seen.server != nil {
                let held = await HoldingSlots(access: access, node: node).held()
                seen.heldSlots = Set(held.filter { !$0.isLost }.map(\.name))
            }
            try await noteSequences(node, nodeOrder, into: &seen)
            guard nodeOrder.sourceNode != node.name, nodeOrder.sourceDatabaseID == node.databaseID,
                let source = access.placement.nodes.first(where: { $0.name == nodeOrder.sourceNode }),
                source.primary.isHere, try tools.isRunning(source.primary)
            else { return }
            let inventory = try await InventoryReader.read(tools.parameters(source.primary, of: source))
            seen.sourceLinks = ReplicationLink.all(
                of: [NodeReplication(node: source.name, inventory: inventory)], access)
        } catch {
            seen.replicationProblem = RestoreReplication.reason(error)
        }
    }

    private func noteSequences(
        _ node: NodePlacement, _ nodeOrder: NodeOrder, into seen: inout NodeObservation
    ) async throws {
        guard nodeOrder.sourceNode != node.name || nodeOrder.sourceDatabaseID != node.databaseID, seen.server != nil,
            let parts = seen.replication?.inventory.databases
        else { return }
        let values = try await SequenceValues.read(
            tools.parameters(node.primary, of: node), databases: parts.map(\.database))
        seen.looseSequences = values.filter { value in
            !parts.contains { part in
                part.database == value.database && part.sets.contains { $0.sequences.contains(value.relation) }
            }
        }.map { "\($0.relation)" }
    }

    private func unfinished(_ node: NodePlacement) throws -> NodeReplication? {
        guard let earlier = try? EarlierRestore.find(node.databaseID, home: tools.context.home),
            ![.done, .aborted].contains(earlier.journal.state), let path = earlier.journal.facts[node.name]?.inventory
        else { return nil }
        return try InventoryFile(path: path).readIfPresent()
    }
}

extension InventoryFile {
    func readIfPresent() throws -> NodeReplication? { exists ? try read() : nil }
}

extension NodeTools {
    /// Copy of the node's own part in logical replication, for the day when its server is gone.
    func savedInventory(_ node: NodePlacement) -> InventoryFile {
        InventoryFile(path: Directories.parent(of: node.confPath) + "/replication.json")
    }

    /// Makes that copy anew from a running primary and its peers; a node that takes no part and has none needs none.
    func refreshSavedInventory(_ node: NodePlacement) async throws {
        let isPrimary = try await withConnection(to: node.primary, of: node) {
            try await $0.value("SELECT NOT pg_is_in_recovery()") == "t"
        }
        guard isPrimary else { return }
        let inventory = try await InventoryReader.read(parameters(node.primary, of: node))
        let file = savedInventory(node)
        guard !inventory.isEmpty || file.exists else { return }
        guard let placement = try? context.load(node.databaseID).placement else {
            return try file.write(NodeReplication(node: node.name, inventory: inventory))
        }
        let taker = InventoryTaker(access: PeerAccess(tools: self, placement: placement))
        try file.write(try await taker.take(node, knowing: try file.readIfPresent()))
    }
}
