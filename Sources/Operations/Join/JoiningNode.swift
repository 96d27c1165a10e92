import Failures
import Replication

/// What a node that joins others gets of subscriptions, sets and subscribers: what its source has, turned round to
/// itself, and what others read from the source. Pure.
///
/// It becomes a copy of its source, so it has to go on as the source does; and it hears of the source's own rows as the
/// source's subscribers do.
struct JoiningNode {
    /// A node that is there.
    struct Member: Sendable {
        var name: String
        var inventory: ReplicationInventory
    }

    /// Of the node that joins.
    var name: String
    /// Name of the node whose data it begins with; one of the members.
    var source: String
    var members: [Member]
    /// Name of the member that a connection string leads to; nil for somebody outside.
    var member: @Sendable (String) -> String?
    /// How the new node is reached, from how the source is.
    var ownDSN: @Sendable (String) -> String

    /// The node's part, slots not named yet; nil when nobody replicates.
    ///
    /// Throws `source-apart`, `outside-provider`, `mesh-incomplete` and `hands-on` (73) where it could not be a node like
    /// the others.
    func replication() throws -> NodeReplication? {
        let replicating = members.filter { !$0.inventory.databases.isEmpty }
        guard !replicating.isEmpty else { return nil }
        guard let own = replicating.first(where: { $0.name == source }) else {
            throw refusal(
                "source-apart",
                "\(source) takes no part in the replication of \(replicating.map(\.name).joined(separator: ", ")), so a "
                    + "copy of it would not either",
                hint: "take one of those for the source, or set orchestrator_opts.local.replication of \(name) to none")
        }
        var found = NodeReplication(node: name, inventory: ReplicationInventory())
        for part in own.inventory.databases {
            let subscriptions = try inbound(part)
            let subscribers = try outbound(part)
            if part.provider != .native { try requireWhole(part, subscriptions, subscribers) }
            var copy = part
            copy.identity = part.identity.map(turned)
            copy.subscriptions = subscriptions
            // Publications that nobody may read without getting rows twice are of no use.
            if part.provider == .native, handsOn(part) { copy.sets = [] }
            found.inventory.databases.append(copy)
            found.subscribers += subscribers
        }
        return found
    }

    // MARK: - What it subscribes to

    private func inbound(_ part: DatabaseReplication) throws -> [ReplicationSubscription] {
        var found: [ReplicationSubscription] = []
        for subscription in part.subscriptions where subscription.isEnabled {
            guard let provider = member(subscription.dsn) else {
                throw refusal(
                    "outside-provider",
                    "\(source) also subscribes to a server that is no node of the database (\(subscription.name)), and "
                        + "\(name) would lack what that writes from now on",
                    hint: "let another node be the source, or disable that subscription first")
            }
            found.append(mine(subscription, provider: provider, subscriber: source))
        }
        guard let reader = readers(of: part).first else { return found }
        return found + reader.subscriptions.map { mine($0, provider: source, subscriber: reader.member) }
    }

    /// The same subscription, of the new node.
    private func mine(
        _ subscription: ReplicationSubscription, provider: String, subscriber: String
    ) -> ReplicationSubscription {
        var own = subscription
        own.name =
            subscription.name == Self.usual(provider, subscriber)
            ? Self.usual(provider, name) : "\(subscription.name)_\(provider)_\(name)"
        own.id = ""
        own.slot = nil
        return own
    }

    /// The name that a subscription has which was made by `db create`.
    private static func usual(_ provider: String, _ subscriber: String) -> String {
        Mesh.Pair(provider: provider, subscriber: subscriber).subscription
    }

    // MARK: - Who subscribes to it

    /// Members other than the source with what they read from it, each in a database of theirs.
    private func readers(
        of part: DatabaseReplication
    ) -> [(member: String, database: String, subscriptions: [ReplicationSubscription])] {
        members.filter { $0.name != source }.flatMap { reader in
            reader.inventory.databases.filter { $0.provider == part.provider && $0.database == part.database }
                .map { theirs in
                    let own = theirs.subscriptions.filter { $0.isEnabled && member($0.dsn) == source }
                    return (reader.name, theirs.database, own)
                }
        }.filter { !$0.2.isEmpty }
    }

    private func outbound(_ part: DatabaseReplication) throws -> [NodeReplication.Subscriber] {
        let readers = readers(of: part)
        guard let first = readers.first, part.provider != .native || !handsOn(part) else { return [] }
        var found: [NodeReplication.Subscriber] = []
        for reader in readers {
            for subscription in reader.subscriptions {
                found.append(subscriber(reader.member, part, theirs(subscription, of: reader.member)))
            }
        }
        // The source has no subscription to itself: it takes from the new node what another takes from it.
        for subscription in first.subscriptions {
            var own = theirs(subscription, of: first.member)
            if subscription.name == Self.usual(source, first.member) { own.name = Self.usual(name, source) }
            if let same = part.subscriptions.first(where: { member($0.dsn) == first.member && $0.isEnabled }) {
                own.options = same.options
            }
            found.append(subscriber(source, part, own))
        }
        return found
    }

    private func subscriber(
        _ member: String, _ part: DatabaseReplication, _ subscription: ReplicationSubscription
    ) -> NodeReplication.Subscriber {
        NodeReplication.Subscriber(
            peer: PeerReference(node: member), database: part.database, providerDatabase: part.database,
            provider: part.provider, subscription: subscription)
    }

    /// A subscription of a member to the source as one to the new node.
    private func theirs(_ subscription: ReplicationSubscription, of member: String) -> ReplicationSubscription {
        var own = subscription
        own.name =
            subscription.name == Self.usual(source, member)
            ? Self.usual(name, member) : "\(subscription.name)_\(name)"
        own.id = ""
        own.slot = nil
        if subscription.providerNode != nil { own.providerNode = name }
        own.interface = subscription.interface.map { $0 == subscription.providerNode ? name : $0 }
        own.interfaces = turned(subscription.interfaces, of: subscription.providerNode)
        return own
    }

    private func turned(_ identity: ReplicationIdentity) -> ReplicationIdentity {
        var own = identity
        own.name = name
        own.interface = identity.interface == identity.name ? name : identity.interface
        own.interfaces = turned(identity.interfaces, of: identity.name)
        return own
    }

    private func turned(_ interfaces: [ReplicationInterface], of node: String?) -> [ReplicationInterface] {
        interfaces.map { ReplicationInterface(name: $0.name == node ? name : $0.name, dsn: ownDSN($0.dsn)) }
    }

    // MARK: - What would go wrong

    /// Natively before PostgreSQL 16 a publisher sends on what it received, so that the members would have the source's
    /// rows from the new node a second time.
    private func handsOn(_ part: DatabaseReplication) -> Bool {
        (part.subscriptions + readers(of: part).flatMap(\.subscriptions)).contains(where: \.forwards)
    }

    private func requireWhole(
        _ part: DatabaseReplication, _ subscriptions: [ReplicationSubscription],
        _ subscribers: [NodeReplication.Subscriber]
    ) throws {
        if let handing = (subscriptions + subscribers.map(\.subscription)).first(where: \.forwards) {
            throw refusal(
                "hands-on",
                "\(handing.name) would hand on what its provider received from others, so that rows would come twice",
                hint: "take forward_origins out of the subscriptions of \(source) and its subscribers")
        }
        for other in members where other.name != source {
            guard other.inventory.part(part.database, part.provider)?.identity != nil else { continue }
            let reads = part.subscriptions.contains { $0.isEnabled && member($0.dsn) == other.name }
            let isRead = readers(of: part).contains { $0.member == other.name }
            guard !reads || !isRead else { continue }
            throw refusal(
                "mesh-incomplete",
                "\(source) and \(other.name) do not subscribe to each other, so that \(name) would lack rows",
                hint: "have them replicate in both directions first, or take another node for the source")
        }
    }

    private func refusal(_ code: String, _ message: String, hint: String) -> OperationError {
        OperationError(.refused, code: code, message, hint: hint)
    }
}
