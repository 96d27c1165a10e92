import Postgres
import Replication

/// What is remembered of a node's subscriptions while it is restored.
public struct ReplicationFacts: Sendable, Equatable, Codable {
    /// All that the node wrote had reached its peers before their subscriptions were taken out of service.
    public var isDrained = false
    /// How far the node was with each of its providers when it was taken out of service: link → position.
    public var livePositions: [String: LSN] = [:]
    /// How far the source was with its providers at the restore point, where the restored data do not tell.
    public var sourcePositions: [RestoredPosition] = []
    /// Subscriptions of the source that are paused while the restore point is made.
    public var pausedOnSource: [PausedSubscription] = []
    /// How far the restored data are with the providers of whoever they were copied from.
    public var restoredPositions: [RestoredPosition] = []
    /// Where the restored node left the history that it was copied from.
    public var forkPosition: LSN?
    /// Whatever the restored data held of another identity, or of the node's own from before, is gone.
    public var isClean = false
    /// Links of a node that joins whose slots on their providers were begun; nil before.
    public var reserved: [String]?
    /// Slots made for subscribers: link → slot.
    public var slots: [String: MadeSlot] = [:]
    /// Links whose subscription stands where it should and may be enabled.
    public var made: Set<String> = []
    /// Links whose subscription was seen to pass what its provider held; nil in what was noted before that was looked at.
    public var caughtUp: Set<String>?

    public init() {}

    /// What a restore that takes the place of an unfinished one goes on with: the node was fenced all the while.
    var inherited: ReplicationFacts {
        var own = ReplicationFacts()
        own.isDrained = isDrained
        own.livePositions = livePositions
        return own
    }
}

/// How far a server was with the provider of one subscription.
public struct RestoredPosition: Sendable, Equatable, Codable {
    public var database: String
    public var provider: ReplicationProvider
    public var subscription: String
    public var position: LSN
    /// Name of the spec's node that it came from, and its database; nil where it is not of the spec.
    public var node: String?
    public var nodeDatabase: String?
    public var sets: [String]
}

/// A subscription that must be enabled again whatever becomes of the restore.
public struct PausedSubscription: Sendable, Equatable, Codable {
    public var node: String
    public var database: String
    public var provider: ReplicationProvider
    public var subscription: String
}

/// A slot on a restored node.
public struct MadeSlot: Sendable, Equatable, Codable {
    public var name: String
    public var position: LSN
}
