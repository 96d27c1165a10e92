import Failures
import Postgres
import Replication

/// How a node takes part in logical replication, both ways: what its own catalogs say, and who subscribes to it.
struct NodeReplication: Sendable, Hashable, Codable {
    var node: String
    var inventory: ReplicationInventory
    /// Subscriptions of others that read from this node.
    var subscribers: [Subscriber] = []
    /// Peers that could not be asked, with the reason: whether they subscribe to the node is not known.
    var silentPeers: [SilentPeer] = []

    struct Subscriber: Sendable, Hashable, Codable {
        var peer: PeerReference
        /// Of the peer.
        var database: String
        /// Of this node.
        var providerDatabase: String
        var provider: ReplicationProvider
        var subscription: ReplicationSubscription
    }

    struct SilentPeer: Sendable, Hashable, Codable {
        var peer: PeerReference
        var reason: String
    }

    func isSilent(_ peer: PeerReference) -> Bool { silentPeers.contains { $0.peer.label == peer.label } }

    var isEmpty: Bool { inventory.isEmpty && subscribers.isEmpty }

    /// Slots through which nobody reads who is known.
    var strangers: [LogicalSlot] {
        inventory.slots.filter { slot in
            !subscribers.contains { $0.subscription.slot == slot.name && $0.providerDatabase == slot.database }
        }
    }

    /// What a plan rests on: the same as long as nothing of it moved, in whatever order the peers were found.
    var lines: [String] {
        let theirs = subscribers.map {
            "\($0.provider.rawValue) subscription \($0.subscription.name) of \($0.peer.label) "
                + "(\($0.subscription.isEnabled ? "enabled" : "disabled")) to database \($0.providerDatabase), "
                + "sets \($0.subscription.sets.joined(separator: ", "))"
        }
        return inventory.lines + theirs.sorted() + silentPeers.map { "\($0.peer.label) cannot be asked" }.sorted()
    }
}

extension NodeReplication {
    /// Takes over what was known of peers that do not answer.
    fileprivate mutating func recall(_ saved: NodeReplication?, where isWanted: (Subscriber) -> Bool) {
        let silent = Set(silentPeers.map(\.peer.label))
        subscribers += (saved?.subscribers ?? []).filter { silent.contains($0.peer.label) && isWanted($0) }
    }
}

/// Asks a node and its peers.
struct InventoryTaker: Sendable {
    var access: PeerAccess

    /// The inventory of a running node. Peers that do not answer are named in it, and what `saved` knows of them is
    /// taken over as far as their slots are there; throws only what the node itself does.
    func take(_ node: NodePlacement, knowing saved: NodeReplication?) async throws -> NodeReplication {
        let own = try await InventoryReader.read(access.tools.parameters(node.primary, of: node))
        var found = NodeReplication(node: node.name, inventory: own)
        try await addSubscribers(to: &found, of: node)
        found.recall(saved) { subscriber in own.slots.contains { $0.name == subscriber.subscription.slot } }
        return found
    }

    /// The same of a node that does not run: what was saved of it, and what its peers say today.
    func recall(_ node: NodePlacement, knowing saved: NodeReplication?) async throws -> NodeReplication {
        var found = NodeReplication(node: node.name, inventory: saved?.inventory ?? ReplicationInventory())
        try await addSubscribers(to: &found, of: node)
        found.recall(saved) { _ in true }
        return found
    }

    /// Adds those that subscribe to the node: all that its peers know of it.
    private func addSubscribers(to found: inout NodeReplication, of node: NodePlacement) async throws {
        let peers = peers(of: node, found.inventory)
        let answers = await withTaskGroup(of: (Int, Result<[NodeReplication.Subscriber], any Error>).self) { group in
            for (index, peer) in peers.enumerated() {
                group.addTask {
                    do { return (index, .success(try await ask(peer, about: node))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var all: [(Int, Result<[NodeReplication.Subscriber], any Error>)] = []
            for await answer in group { all.append(answer) }
            return all.sorted { $0.0 < $1.0 }
        }
        try Task.checkCancellation()
        for (index, answer) in answers {
            switch answer {
            case .success(let subscribers): found.subscribers += subscribers
            case .failure(let error):
                found.silentPeers.append(
                    NodeReplication.SilentPeer(
                        peer: peers[index], reason: (error as? any Failure)?.message ?? "\(error)"))
            }
        }
    }

    /// The other nodes of the spec, and whoever outside it the node subscribes to.
    private func peers(of node: NodePlacement, _ inventory: ReplicationInventory) -> [PeerReference] {
        let dsns = inventory.databases.flatMap { part in part.subscriptions.map(\.dsn) }
        var peers = access.placement.nodes.filter { $0.name != node.name }.map { other in
            PeerReference(
                node: other.name, dsn: dsns.first { access.node(reachedBy: $0)?.name == other.name })
        }
        for dsn in dsns where access.node(reachedBy: dsn) == nil {
            let peer = PeerReference(node: nil, dsn: dsn)
            if !peers.contains(peer) { peers.append(peer) }
        }
        return peers
    }

    /// The subscriptions of a peer that read from the node.
    private func ask(_ peer: PeerReference, about node: NodePlacement) async throws -> [NodeReplication.Subscriber] {
        let database = peer.dsn.flatMap { ConnectionString.parse($0)?["dbname"] } ?? node.databaseName
        let inventory = try await InventoryReader.read(try access.parameters(peer, database: database))
        return inventory.databases.flatMap { part in
            part.subscriptions.compactMap { subscription in
                guard access.node(reachedBy: subscription.dsn)?.name == node.name,
                    let database = ConnectionString.parse(subscription.dsn)?["dbname"]
                else { return nil }
                return NodeReplication.Subscriber(
                    peer: peer, database: part.database, providerDatabase: database, provider: part.provider,
                    subscription: subscription)
            }
        }
    }
}
