import Catalog
import Failures
import Postgres

/// The replicas of this machine whose primary lives on another one: they are all that is made here of their node.
struct GuestReplicas: Sendable {
    var node: NodePlacement
    /// What is at the replicas' places, by host id.
    var states: [String: InstanceState]

    var replicas: [InstancePlacement] { node.replicas.filter(\.isHere) }

    var changes: [PlannedChange] {
        replicas.compactMap { replica in
            switch states[replica.hostID] {
            case .running?: nil
            case .stopped?, .crashed?:
                PlannedChange(node: node.name, action: "start", detail: "the replica in \(replica.pgdata)")
            default:
                PlannedChange(
                    node: node.name, action: "create-replica",
                    detail: "a base backup of the primary on \(node.primary.hostID) to \(replica.pgdata), "
                        + "port \(replica.port)")
            }
        }
    }

    /// Looks at the replicas' places. Refuses what is known to go wrong, the primary's host out of reach included.
    static func observe(
        _ node: NodePlacement, _ observer: CreateObserver
    ) async throws -> GuestReplicas {
        var guests = GuestReplicas(node: node, states: [:])
        for replica in guests.replicas {
            guests.states[replica.hostID] = try await observer.observeReplica(replica, of: node)
        }
        try await observer.tools.prepareSource(of: node)
        _ = try await observer.tools.sourceIdentifier(of: node)
        return guests
    }

    /// Builds what is missing, and remembers which cluster it is a copy of.
    func create(_ tools: NodeTools, _ keeper: RecordKeeper) async throws {
        let node = node
        _ = try await SideBySide.run(replicas, name: { "\(node.name) on \($0.hostID)" }) { replica in
            try await tools.buildReplica(replica, of: node)
        }
        let identifier = try await tools.sourceIdentifier(of: node)
        try await keeper.update(node: node.name) { $0.systemIdentifier = identifier }
    }
}
