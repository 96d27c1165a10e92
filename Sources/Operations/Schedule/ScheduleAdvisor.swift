import Catalog
import Scheduling
import TargetTime

extension OperationContext {
    /// What is allowed in the nodes' schedules and probably not meant, each sentence once per database.
    public func scheduleAdvice(
        _ nodes: [ScheduledNode], at now: Instant
    ) throws -> [(database: String, node: String, message: String)] {
        var found: [(database: String, node: String, message: String)] = []
        var looked: [(database: String, schedules: [PlannedSchedule])] = []
        var said: Set<String> = []
        for node in nodes {
            // Nodes mostly have what their database has.
            if looked.contains(where: { $0.database == node.database && $0.schedules == node.schedules }) { continue }
            looked.append((node.database, node.schedules))
            let spec = try Databases(home: home).load(node.database).acceptedSpec()
            let repositories = spec.effectiveNode(node.node)?.backupConfig?.repositories ?? []
            for message in ScheduleAdvice.warnings(node.schedules, repositories: repositories, now: now)
            where said.insert("\(node.database) \(message)").inserted {
                found.append((node.database, node.node, message))
            }
        }
        return found
    }
}
