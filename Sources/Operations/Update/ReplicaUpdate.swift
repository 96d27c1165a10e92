import Catalog
import Failures
import Postgres

/// Builds, rebuilds, moves and lets go the replicas that one node has on this machine.
struct ReplicaUpdate {
    var update: NodeUpdate

    private var node: NodePlacement { update.node }
    private var tools: NodeTools { update.tools }

    func run() async throws {
        for hostID in update.subjects(.removeReplica) {
            guard let replica = update.before.replicas.first(where: { $0.hostID == hostID }) else { continue }
            try await remove(replica)
        }
        for hostID in update.subjects(.rebuildReplica) {
            guard let replica = node.replicas.first(where: { $0.hostID == hostID }) else { continue }
            try await rebuild(replica)
        }
        for hostID in update.subjects(.replicaPort) {
            guard let replica = node.replicas.first(where: { $0.hostID == hostID }) else { continue }
            try await move(replica)
        }
        for hostID in update.subjects(.buildReplica) {
            guard let replica = node.replicas.first(where: { $0.hostID == hostID }) else { continue }
            update.say("building the replica on \(replica.hostID)")
            try await tools.buildReplica(replica, of: node)
        }
    }

    private func remove(_ replica: InstancePlacement) async throws {
        update.say("letting go the replica on \(replica.hostID)")
        try await tools.stop(tools.asItRuns(replica), of: node)
        let slot = update.before.slotName(of: replica)
        try await tools.dropSlot(slot, of: node)
        try tools.changeRecord(node.databaseID) { record in
            record.nodes[node.name]?.instances[replica.hostID] = nil
        }
    }

    private func rebuild(_ replica: InstancePlacement) async throws {
        update.say("rebuilding the replica on \(replica.hostID)")
        try await tools.stop(tools.asItRuns(replica), of: node)
        // Out of the way first, so that a run that is cut short does not leave half a directory behind.
        let aside = "\(replica.pgdata).unfit"
        try Directories.removeTree(aside)
        try Directories.move(replica.pgdata, to: aside)
        try await tools.buildReplica(replica, of: node)
        try Directories.removeTree(aside)
    }

    private func move(_ replica: InstancePlacement) async throws {
        update.say("giving the replica on \(replica.hostID) port \(replica.port)")
        try await tools.stop(tools.asItRuns(replica), of: node)
        try BaseBackup.configure(
            replica.pgdata, tools.baseBackupRequest(replica, of: node, tablespaces: [:]))
        try tools.changeRecord(node.databaseID) { record in
            record.nodes[node.name]?.instances[replica.hostID]?.port = replica.port
        }
        try await tools.buildReplica(replica, of: node)
    }
}
