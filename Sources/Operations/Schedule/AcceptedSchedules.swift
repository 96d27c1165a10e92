import Catalog
import Spec
import TargetTime

/// What schedules need of a database's record, and nothing else of it.
///
/// `schedule run-due` looks at every database every minute. The spec was checked when it was accepted: it is not read
/// and checked as a whole again for that.
struct AcceptedSchedules: DatabaseDocument {
    struct Node: Equatable {
        var name: String
        /// Where its primary lives, which takes the backups.
        var hostID: String?
        var schedules: [Schedule]
        /// Whether its backups are taken.
        var backups: BackupState
    }

    var formatVersion: Int
    var id: String
    /// When the spec was accepted.
    var acceptedAt: Instant
    private var spec: AcceptedSpec
    private var recorded: [String: Recorded]

    /// Every node with its schedules; its own `backup_config` stands for the database's, as `EffectiveNode` has it.
    var nodes: [Node] {
        let shared = spec.backups?.schedulesRead ?? []
        return (spec.nodes ?? []).map { node in
            Node(
                name: node.name, hostID: node.hosts?.first, schedules: node.backups?.schedulesRead ?? shared,
                backups: recorded[node.name]?.backups ?? .none)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case formatVersion = "format_version"
        case id, spec
        case acceptedAt = "accepted_at"
        case recorded = "nodes"
    }

    private struct Recorded: Decodable {
        var backups: BackupState
    }

    private struct AcceptedSpec: Decodable {
        var nodes: [AcceptedNode]?
        var backups: AcceptedBackups?

        enum CodingKeys: String, CodingKey {
            case nodes
            case backups = "backup_config"
        }
    }

    private struct AcceptedNode: Decodable {
        var name: String
        var hosts: [String]?
        var backups: AcceptedBackups?

        enum CodingKeys: String, CodingKey {
            case name
            case hosts = "host_ids"
            case backups = "backup_config"
        }
    }

    private struct AcceptedBackups: Decodable {
        var schedules: [AcceptedSchedule]?

        var schedulesRead: [Schedule] {
            (schedules ?? []).compactMap { entry in
                guard let id = entry.id, let expression = entry.expression,
                    let type = entry.type.flatMap(BackupType.init(rawValue:))
                else { return nil }
                return Schedule(id: id, type: type, cronExpression: expression)
            }
        }
    }

    private struct AcceptedSchedule: Decodable {
        var id: String?
        var type: String?
        var expression: String?

        enum CodingKeys: String, CodingKey {
            case id, type
            case expression = "cron_expression"
        }
    }
}
