import Catalog

/// One difference between what is and what the spec asks for, with what is done about it.
struct UpdateChange: Sendable, Equatable {
    /// What kind of difference; its raw value is the action's name for people and scripts.
    enum Kind: String, Sendable, CaseIterable {
        /// A server setting gets another value, or its default back.
        case setting = "change-setting"
        case hba = "change-hba"
        case ident = "change-ident"
        /// The port of the primary.
        case port = "change-port"
        case replicaPort = "change-replica-port"
        /// The server, and its replicas on this machine, are stopped and started.
        case restart
        case createUser = "create-user"
        case alterUser = "alter-user"
        /// A user that the spec no longer names: the role stays.
        case leaveUser = "leave-user"
        case owner = "change-owner"
        case addRepository = "add-repository"
        case upgradeStanza = "upgrade-stanza"
        case changeRepository = "change-repository"
        case removeRepository = "remove-repository"
        /// The stanza configuration is written anew, for other reasons than a repository's.
        case configuration = "write-configuration"
        case schedules = "change-schedules"
        case backupsOff = "backups-off"
        case backupsOn = "backups-on"
        case buildReplica = "build-replica"
        case rebuildReplica = "rebuild-replica"
        case removeReplica = "remove-replica"
        case addNode = "add-node"
        /// The restore by which a node is made was cut short, and goes on.
        case resumeRestore = "resume-restore"
        case removeNode = "remove-node"
        /// A subscription that the last restore could not put back.
        case subscription = "complete-subscription"
        /// The spec is accepted; nothing that runs has to change for it.
        case accept

        /// Whether the node's server has to serve for it.
        var needsServer: Bool {
            switch self {
            case .leaveUser, .schedules, .addNode, .resumeRestore, .removeNode, .removeReplica, .subscription, .accept:
                false
            default: true
            }
        }
    }

    /// nil when it concerns the database as a whole.
    var node: String?
    var kind: Kind
    /// What it is about: a setting's, user's or host's name, a repository's id; empty where the kind says it all.
    var subject: String = ""
    /// What exactly, for people.
    var detail: String

    var planned: PlannedChange { PlannedChange(node: node, action: kind.rawValue, detail: detail) }
}

/// What `db update` will do, as a value.
public struct UpdatePlan: Sendable {
    public var database: String
    var steps: [UpdateChange]
    /// Files that are written, secrets masked.
    public var files: [PlannedFile] = []
    /// What has to be agreed to, in sentences; empty when nothing has.
    public var questions: [String] = []
    /// Worth knowing beforehand.
    public var warnings: [String] = []

    public var changes: [PlannedChange] { steps.map(\.planned) }
    /// What runs agrees with the spec, and the spec is the accepted one.
    public var isNothing: Bool { steps.isEmpty }
    /// The nodes that something is done on, sorted.
    public var nodes: [String] { Set(steps.compactMap(\.node)).sorted() }

    func steps(on node: String, _ kinds: UpdateChange.Kind...) -> [UpdateChange] {
        steps.filter { $0.node == node && (kinds.isEmpty || kinds.contains($0.kind)) }
    }

    func has(_ node: String, _ kinds: UpdateChange.Kind...) -> Bool {
        steps.contains { $0.node == node && kinds.contains($0.kind) }
    }
}
