import PositionedJSON
import Spec

/// The schedules of an accepted spec, and nothing else of it.
///
/// `schedule run-due` looks at every database every minute. The spec was checked when it was accepted: it is not read
/// and checked as a whole again for that.
enum AcceptedSchedules {
    struct Node: Equatable {
        var name: String
        /// Where its primary lives, which takes the backups.
        var hostID: String?
        var schedules: [Schedule]
    }

    /// Every node with its schedules; its own `backup_config` stands for the database's, as `EffectiveNode` has it.
    static func of(_ spec: JSONTree) -> [Node] {
        let shared = schedules(spec["backup_config"])
        return (spec["nodes"]?.arrayValue ?? []).compactMap { node in
            guard let name = node["name"]?.stringValue else { return nil }
            let own = node["backup_config"].flatMap { $0 == .null ? nil : schedules($0) }
            return Node(name: name, hostID: node["host_ids"]?[0]?.stringValue, schedules: own ?? shared)
        }
    }

    private static func schedules(_ config: JSONTree?) -> [Schedule] {
        (config?["schedules"]?.arrayValue ?? []).compactMap { entry in
            guard let id = entry["id"]?.stringValue, let expression = entry["cron_expression"]?.stringValue,
                let type = entry["type"]?.stringValue.flatMap(BackupType.init(rawValue:))
            else { return nil }
            return Schedule(id: id, type: type, cronExpression: expression)
        }
    }
}
