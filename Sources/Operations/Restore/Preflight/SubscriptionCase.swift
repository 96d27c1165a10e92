/// How exactly a subscription comes back after a restore.
public struct SubscriptionCase: Sendable, Equatable, Codable {
    public enum Exactness: String, Sendable, Codable {
        /// Every row, each once.
        case exact
        /// Every row, some of them twice, which does no harm.
        case early
        /// The two ends will differ.
        case diverges
    }

    /// The restored node whose business it is.
    public var node: String
    public var subscription: String
    /// Node, or host and port of one outside the spec.
    public var provider: String
    public var subscriber: String
    public var exactness: Exactness
    /// Why, in one sentence; of one that diverges, what will differ.
    public var reason: String

    /// For people.
    public var name: String { "\(subscription) (\(provider) to \(subscriber))" }
}
