import TargetTime

/// A restore as it will be run: what was asked, what it rests on, and every action of the eight steps.
///
/// A value: shown, saved and applied as it is. Holds no secret.
public struct RestorePlan: Sendable, Equatable, Codable {
    /// Raised when a field changes its meaning; an unknown one is refused.
    public static let currentFormat = 1

    public var format = RestorePlan.currentFormat
    public var madeAt: Instant
    public var order: RestoreOrder
    public var basis: PlanBasis
    public var sources: [ChosenSource]
    public var checks: [CheckResult]
    /// How each subscription of the nodes comes back.
    public var subscriptions: [SubscriptionCase]
    public var steps: [PlannedStep]
    /// The same by hand, for a reader who wants to know what happens.
    public var commands: [String]
    /// Bytes of the clusters that are restored.
    public var expectedBytes: Int64
    /// A rough guess, in seconds, from the sizes.
    public var expectedSeconds: Double

    /// Names everything that the plan rests on; equal as long as nothing of it moved.
    public var fingerprint: String { Fingerprint.of(basis) }
    public var nodeNames: [String] { order.nodes.map(\.node) }
    public var refusals: [CheckResult] { checks.filter { $0.result == .refused } }
    public var consentsNeeded: [CheckResult] { checks.filter { $0.result == .consent } }

    public func source(of node: String) -> ChosenSource? { sources.first { $0.node == node } }
}

/// One of the eight steps with what it does on each node.
public struct PlannedStep: Sendable, Equatable, Codable {
    public var number: Int
    public var name: String
    public var actions: [PlannedAction]
}

/// One thing that is done on one node.
public struct PlannedAction: Sendable, Equatable, Codable {
    public var node: String
    public var action: String
    public var detail: String
}

/// What a plan rests on, without positions, sizes and times: the content of its fingerprint.
public struct PlanBasis: Sendable, Equatable, Codable {
    public struct Node: Sendable, Equatable, Codable {
        public var node: String
        public var pgdata: String
        /// nil when it cannot be known, because the cluster is gone.
        public var systemIdentifier: String?
        public var timeline: UInt32?
        public var majorVersion: Int?
        public var replicas: [String]
        public var replication: [String]
        public var sourceNode: String
        public var repositoryIdentity: String
        public var label: String
        public var sourceSystemIdentifier: String
        public var sourceTimeline: UInt32?
    }
    public var database: String
    public var specRevision: Int
    public var target: RestoreTarget
    public var isExclusive: Bool
    public var options: [String: String]
    public var reenablesBackups: Bool
    public var nodes: [Node]

    /// What differs from `other`, one sentence each; empty when nothing does.
    public func differences(from other: PlanBasis) -> [String] {
        var found: [String] = []
        func compare<T: Equatable>(_ what: String, _ was: T?, _ now: T?) {
            guard was != now else { return }
            let before = was.map { "\($0)" } ?? "unknown"
            let after = now.map { "\($0)" } ?? "unknown"
            found.append("\(what) was \(before) when the plan was made and is \(after) now")
        }
        compare("the database", database, other.database)
        compare("the revision of the spec", specRevision, other.specRevision)
        compare("the target", target.described, other.target.described)
        compare("target-exclusive", isExclusive, other.isExclusive)
        compare("the restore options", options, other.options)
        compare("turning backups on again", reenablesBackups, other.reenablesBackups)
        compare("the list of nodes", nodes.map(\.node), other.nodes.map(\.node))
        for node in nodes {
            guard let now = other.nodes.first(where: { $0.node == node.node }) else { continue }
            let name = node.node
            compare("the data directory of \(name)", node.pgdata, now.pgdata)
            compare("the system identifier of \(name)", node.systemIdentifier, now.systemIdentifier)
            compare("the timeline of \(name)", node.timeline, now.timeline)
            compare("the Postgres version of \(name)", node.majorVersion, now.majorVersion)
            compare("the replicas of \(name)", node.replicas, now.replicas)
            found += Self.change("the subscriptions and slots of \(name)", node.replication, now.replication)
            compare("the source of \(name)", node.sourceNode, now.sourceNode)
            compare("the repository for \(name)", node.repositoryIdentity, now.repositoryIdentity)
            compare("the chosen backup for \(name)", node.label, now.label)
            compare(
                "the source's system identifier for \(name)", node.sourceSystemIdentifier, now.sourceSystemIdentifier)
            compare("the timeline that \(name) is restored along", node.sourceTimeline, now.sourceTimeline)
        }
        return found
    }

    /// Of long lists only what is gone and what is new.
    private static func change(_ what: String, _ was: [String], _ now: [String]) -> [String] {
        guard was != now else { return [] }
        let gone = was.filter { !now.contains($0) }.map { "no longer: \($0)" }
        let new = now.filter { !was.contains($0) }.map { "now: \($0)" }
        return ["\(what) are others (\((gone + new).joined(separator: "; ")))"]
    }
}
