import Catalog
import Scheduling
import Spec
import TargetTime

/// A node of this host that its accepted spec gives schedules.
public struct ScheduledNode: Sendable, Equatable {
    public var database: String
    public var node: String
    public var schedules: [PlannedSchedule]
    /// Whether its backups are taken.
    public var backups: BackupState
    /// When the spec was accepted that says so.
    public var accepted: Instant

    /// `shop n1`, for people.
    public var name: String { "\(database) \(node)" }

    /// The account of the node's schedules, from what is remembered.
    public func ledger(_ remembered: ScheduleBook.Nodes) -> ScheduleLedger {
        ScheduleLedger(remembered[node] ?? NodeSchedules(), schedules: schedules, accepted: accepted)
    }
}

extension OperationContext {
    /// Every node of this host that has schedules: of one database, or of all that have been created.
    ///
    /// Throws `no-such-database` (66).
    public func scheduledNodes(of id: String? = nil) throws -> [ScheduledNode] {
        let databases = Databases(home: home)
        return try (id.map { [$0] } ?? databases.ids()).flatMap {
            try scheduledNodes(databases.load($0, as: AcceptedSchedules.self))
        }
    }

    private func scheduledNodes(_ accepted: AcceptedSchedules) throws -> [ScheduledNode] {
        // Nodes mostly have the schedules of their database, which are read once.
        var read: [[Schedule]: [PlannedSchedule]] = [:]
        return try accepted.nodes.compactMap { node in
            guard !node.schedules.isEmpty, host.hostID == nil || node.hostID == host.hostID else { return nil }
            let schedules = try read[node.schedules] ?? PlannedSchedule.of(node.schedules)
            read[node.schedules] = schedules
            return ScheduledNode(
                database: accepted.id, node: node.name, schedules: schedules, backups: node.backups,
                accepted: accepted.acceptedAt)
        }
    }
}
