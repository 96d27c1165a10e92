import Spec
import TargetTime

/// What is asked of a restore, resolved: which nodes, each from which place, to where.
public struct RestoreOrder: Sendable, Equatable, Codable {
    public var databaseID: String
    public var target: RestoreTarget
    /// Backup label that the user named.
    public var set: String?
    /// Timeline that the user named: decimal, `current` or `latest`.
    public var targetTimeline: String?
    /// Whether recovery stops just before the target.
    public var isExclusive: Bool
    /// Further pgBackRest restore options, as the user wrote them.
    public var options: [String: String]
    public var nodes: [NodeOrder]
    /// Names of the consents that were given.
    public var consents: Set<String>
    /// Whether backups are turned on again at the end.
    public var reenablesBackups: Bool
    /// The nodes come about by it: what the backup says of the source's peers is not theirs. nil is no.
    public var isCreation: Bool?
    /// Their data come from the running source itself and not from a backup. nil is no.
    public var copiesRunning: Bool?
    /// Whether sequences of a node that becomes a copy of another are set past the node's own values.
    public var advancesSequences = false
    /// Id of the restore that this one undoes.
    public var undoes: String?

    /// The order as it concerns one node: with that node's own point for a target, where it has one.
    func narrowed(to node: String) -> RestoreOrder {
        guard let point = nodes.first(where: { $0.node == node })?.point else { return self }
        var order = self
        order.target = point.target
        order.targetTimeline = String(point.timeline)
        return order
    }
}

/// One target node of a restore and the books its data may come from.
public struct NodeOrder: Sendable, Equatable, Codable {
    public var node: String
    /// Node whose backup it is; the node itself when nothing else was said.
    public var sourceNode: String
    public var sourceDatabaseID: String
    /// Name of the database inside the source, when it differs from the spec's.
    public var sourceDatabaseName: String?
    /// In order of preference: the place that is written now, then those of earlier incarnations.
    public var books: [BookReference]
    /// Where this node goes back to in an undo; nil for the target that all nodes share.
    public var point: NodePoint?
}

/// A point in one node's WAL that was recorded when it was made.
public struct NodePoint: Sendable, Equatable, Codable {
    public var target: RestoreTarget
    public var timeline: UInt32
    public var lsn: String
    /// Links of the node's subscriptions that held, at this point, everything that their provider had written up to its
    /// own point; nil when none is known to.
    public var settled: [String]?
}

/// A place where one incarnation of a node has its backups and its WAL: a repository at one node's path.
///
/// The repository itself, with its secrets, stays in the spec or the record; this names it.
public struct BookReference: Sendable, Hashable, Codable {
    public enum Origin: Sendable, Hashable, Codable {
        /// `backup_config.repositories[index]` of the source node in the accepted spec.
        case accepted(index: Int)
        /// An earlier place that the record remembers, by its index there.
        case previous(index: Int)
        /// `restore_config.repository` of the request.
        case request
    }
    public var origin: Origin
    public var databaseID: String
    public var node: String
    /// Repository id, or its type where it has none; for people.
    public var repositoryName: String
}
