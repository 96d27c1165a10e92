import TargetTime

/// The outcome of one check of a restore, shown with the plan.
public struct CheckResult: Sendable, Equatable, Codable {
    public enum Verdict: String, Sendable, Codable {
        case passed
        /// Worth knowing; does not stop the restore.
        case warning
        /// Needs the consent that ``CheckResult/consent`` names.
        case consent
        /// No flag helps.
        case refused
    }
    /// Kebab-case name, stable: tests and runbooks may look for it.
    public var name: String
    /// nil when it concerns all nodes.
    public var node: String?
    public var result: Verdict
    /// What was found, one sentence.
    public var detail: String
    public var hint: String?
    public var consent: String?

    public init(
        name: String, node: String?, result: Verdict, detail: String, hint: String? = nil, consent: String? = nil
    ) {
        self.name = name
        self.node = node
        self.result = result
        self.detail = detail
        self.hint = hint
        self.consent = consent
    }
}

/// What preflight decided.
public struct PreflightResult: Sendable, Equatable {
    public var checks: [CheckResult]
    public var sources: [ChosenSource]
    /// How each subscription comes back.
    public var subscriptions: [SubscriptionCase] = []

    public var refusals: [CheckResult] { checks.filter { $0.result == .refused } }
    /// Consents that are needed, given or not.
    public var consents: [CheckResult] { checks.filter { $0.result == .consent } }
}

/// The backup set that a node is restored from, and the line of WAL that is replayed over it.
public struct ChosenSource: Sendable, Equatable, Codable {
    public var node: String
    public var book: BookReference
    public var repositoryIdentity: String
    public var label: String
    public var setType: String
    public var setStopped: Instant
    /// Timeline that recovery follows, decimal for `--target-timeline`; nil for type immediate.
    public var timeline: UInt32?
    /// System identifier of the data, decimal.
    public var systemIdentifier: String
    public var majorVersion: Int
    /// Bytes of the restored cluster.
    public var bytes: Int64
    /// What retention would expire next, and this set is in it.
    public var isNextToExpire: Bool
    /// `--tablespace-map` that is needed: name → directory, from the node's own or the request's options.
    public var tablespaces: [String: String]
    public var links: [String: String]
    /// Whether the source's server must be given a commit after the target, and on which node.
    public var needsMarkerOn: String?
    /// Names of the databases that the backup holds, templates left out; nil when that is not known.
    public var databases: [String]?
}
