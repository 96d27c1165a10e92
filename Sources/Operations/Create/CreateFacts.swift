import PgBackRest
import Postgres
import TargetTime

/// What was seen of one node before its database is created, or goes on being created.
struct CreateFacts: Sendable {
    /// Placed where a running server really is: its own port, socket and programs.
    var node: NodePlacement
    /// The data directory held a cluster that pgstanza did not make.
    var isAdopted: Bool
    var state: InstanceState
    /// nil when there is no cluster yet.
    var control: ControlData?
    /// nil when the server does not run.
    var server: SpecFacts?
    /// What it archives to now; of a stopped server as its configuration files say.
    var archive: ArchiveSettings
    /// The archive command it will have; nil for a node without backups.
    var archiveCommand: String?
    /// Replicas of this machine by host id.
    var replicas: [String: InstanceState]
    /// The repositories by number.
    var repositories: [Int: RepositoryFacts]
    /// The stanza configuration it will have; nil for a node without backups.
    var configuration: RenderedConfiguration?
    /// The backup that its cluster is to be made from; nil for a new one, and when it has been.
    var source: ChosenSource?
    /// Name of the database in that backup, when it is another.
    var sourceDatabaseName: String?
    /// What decides how the node can replicate.
    var replication: MeshCandidate.Facts?

    /// What has to change for its WAL to be archived; nil for a node without backups.
    var archiveChange: ArchiveChange? {
        archiveCommand.map { ArchiveChange(from: archive, to: $0) }
    }
    /// There is no cluster yet.
    var isNew: Bool { state == .missing || state == .empty }
}

/// What a running server says of what the spec asks for.
struct SpecFacts: Sendable, Equatable {
    var hasDatabase: Bool
    /// Users of the spec that it has.
    var users: Set<String>
}

/// What a repository holds of the node's stanza.
struct RepositoryFacts: Sendable, Equatable {
    /// The stanza is there.
    var hasStanza: Bool
    /// Of every cluster that the stanza has known, decimal.
    var systemIdentifiers: [String]
    /// Of the newest, the one that the stanza is for now.
    var currentSystemIdentifier: String?
}

/// What `db create` will do, as a value.
public struct CreatePlan: Sendable {
    public var database: String
    public var changes: [PlannedChange]
    public var files: [PlannedFile]
    /// What has to be agreed to, in sentences; empty when nothing has.
    public var questions: [String]
    /// Worth knowing beforehand.
    public var warnings: [String]
    /// The nodes that are created here.
    public var nodes: [String]
    /// What could not be done yet, since another host has to do its part first.
    public var waiting: [String] = []

    /// WAL is archived from now on, so that backups can be taken.
    public var archives: Bool { changes.contains { $0.action == "prove-archiving" } }
    /// The database is complete.
    public var isNothing: Bool { nodes.isEmpty }
}
