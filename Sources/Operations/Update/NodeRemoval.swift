import Catalog
import Failures
import Postgres

/// Takes a node out of its database: its archive settings are given back, the servers that pgstanza made for it are
/// stopped, and everything on disk stays.
struct NodeRemoval {
    var tools: NodeTools
    /// As the spec in force places it.
    var node: NodePlacement

    func run() async throws {
        guard let own = try Databases(home: tools.context.home).load(node.databaseID).nodes[node.name] else { return }
        tools.say(node, "letting go the node")
        if node.primary.isHere, own.backups != .none, try tools.isRunning(node.primary) {
            try await BackupsOff.giveBack(node, tools, own.archiveSettingsBefore)
        }
        for replica in node.replicas where replica.isHere {
            try await tools.stop(tools.asItRuns(replica), of: node)
        }
        if node.primary.isHere {
            if !own.adopted { try await tools.stop(tools.asItRuns(node.primary), of: node) }
            if own.adopted, try tools.isRunning(node.primary) {
                for replica in node.replicas where replica.isHere {
                    try await tools.dropSlot(node.slotName(of: replica), of: node)
                }
            }
            try BackupsOff.removeConfiguration(node)
        }
        try tools.changeRecord(node.databaseID) { record in record.nodes[node.name] = nil }
    }
}
