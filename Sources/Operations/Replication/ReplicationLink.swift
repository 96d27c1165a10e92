import Postgres
import Replication

/// One subscription with both its ends.
struct ReplicationLink: Sendable, Hashable {
    /// One end: a server and a database of it.
    struct End: Sendable, Hashable {
        var peer: PeerReference
        var database: String

        /// Name of the spec's node; nil for somebody outside it.
        var node: String? { peer.node }
        var label: String { "\(peer.label)/\(database)" }
    }

    var provider: End
    var subscriber: End
    var kind: ReplicationProvider
    var subscription: ReplicationSubscription

    /// The same every time, for the journal.
    var id: String { "\(provider.label) > \(subscriber.label): \(subscription.name)" }
    /// For people.
    var text: String { "\(subscription.name) (\(provider.peer.label) to \(subscriber.peer.label))" }
    var slot: String { subscription.slot ?? subscription.name }
    var replication: any LogicalReplication { kind.replication }

    /// Whether a subscriber of the spec is one of `nodes`.
    func isRead(by nodes: Set<String>) -> Bool { subscriber.node.map(nodes.contains) ?? false }
    func isWritten(by nodes: Set<String>) -> Bool { provider.node.map(nodes.contains) ?? false }
}

extension ReplicationLink {
    /// Every subscription that one of these nodes has a part in, each once.
    static func all(of nodes: [NodeReplication], _ access: PeerAccess) -> [ReplicationLink] {
        let names = Set(nodes.map(\.node))
        var links: [ReplicationLink] = []
        for node in nodes {
            for part in node.inventory.databases {
                for subscription in part.subscriptions {
                    let database = ConnectionString.parse(subscription.dsn)?["dbname"] ?? part.database
                    links.append(
                        ReplicationLink(
                            provider: End(peer: access.reference(to: subscription.dsn), database: database),
                            subscriber: End(peer: PeerReference(node: node.node), database: part.database),
                            kind: part.provider, subscription: subscription))
                }
            }
            // What another of these nodes subscribes to is in its own inventory.
            for subscriber in node.subscribers where !(subscriber.peer.node.map(names.contains) ?? false) {
                links.append(
                    ReplicationLink(
                        provider: End(peer: PeerReference(node: node.node), database: subscriber.providerDatabase),
                        subscriber: End(peer: subscriber.peer, database: subscriber.database),
                        kind: subscriber.provider, subscription: subscriber.subscription))
            }
        }
        return links
    }
}
