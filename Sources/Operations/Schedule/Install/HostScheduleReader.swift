import Catalog
import Scheduling
import Spec

/// A node as the host's scheduler has to know it.
public struct InstallableNode: Sendable, Equatable {
    public var database: String
    public var node: String
    public var schedules: [PlannedSchedule]
    /// Whether its backups are taken now.
    public var isOn: Bool
    /// pgstanza made its servers, and nobody else starts them after boot.
    public var isStarted: Bool

    public init(database: String, node: String, schedules: [PlannedSchedule], isOn: Bool, isStarted: Bool) {
        self.database = database
        self.node = node
        self.schedules = schedules
        self.isOn = isOn
        self.isStarted = isStarted
    }
}

extension OperationContext {
    /// Every node with an instance on this host, for the host's own scheduler.
    public func installableNodes() throws -> [InstallableNode] {
        try Databases(home: home).list().flatMap { record in
            try record.acceptedSpec().effectiveNodes.compactMap { node in
                let isHere = host.hostID == nil || node.hostIDs.contains { $0 == host.hostID }
                guard isHere, let own = record.nodes[node.name] else { return nil }
                let isPrimaryHere = host.hostID == nil || node.hostIDs.first == host.hostID
                return InstallableNode(
                    database: record.id, node: node.name,
                    schedules: isPrimaryHere ? try PlannedSchedule.of(node.backupConfig?.schedules ?? []) : [],
                    isOn: own.backups == .on, isStarted: isStarted(node, own))
            }
        }
    }

    /// An adopted server has somebody who starts it, unless the spec says that nobody does.
    private func isStarted(_ node: EffectiveNode, _ record: NodeRecord) -> Bool {
        switch node.local.service {
        case .pgCtl?: true
        case .systemd?, .pgCtlCluster?: false
        case nil: !record.adopted
        }
    }
}
