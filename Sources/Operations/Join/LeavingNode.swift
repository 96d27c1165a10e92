import Failures
import Postgres
import Replication

/// A node that leaves others which it replicates with: nobody keeps anything for it afterwards.
struct LeavingNode: Sendable {
    var tools: NodeTools
    var node: NodePlacement
    /// The nodes as the spec in force places them.
    var placement: DatabasePlacement
    /// Both ways.
    private var links: [ReplicationLink]
    private let access: PeerAccess

    /// Seconds for which a peer may stand still before it is let go without the last rows.
    private static let patience = 60.0

    /// nil when the node takes no part in replication. Throws what the node's own server does, and `peer-down` (69) when
    /// another node cannot be asked, since it would go on keeping WAL.
    init?(_ node: NodePlacement, _ placement: DatabasePlacement, _ tools: NodeTools) async throws {
        self.tools = tools
        self.node = node
        self.placement = placement
        access = PeerAccess(tools: tools, placement: placement)
        let taker = InventoryTaker(access: access)
        let saved = try tools.savedInventory(node).readIfPresent()
        let found =
            try tools.isRunning(node.primary)
            ? try await taker.take(node, knowing: saved) : try await taker.recall(node, knowing: saved)
        links = ReplicationLink.all(of: [found], access)
        guard !links.isEmpty else { return nil }
        if let silent = found.silentPeers.first {
            throw OperationError(
                .unavailable, code: "peer-down",
                "\(silent.peer.label) cannot be asked what it has for \(node.name): \(silent.reason)",
                hint: "a slot that stays there keeps WAL for ever; start it first")
        }
    }

    /// What is said of it in a plan.
    var detail: String {
        let names = links.map(\.subscription.name).sorted().joined(separator: ", ")
        return "it no longer replicates (\(names) and their slots go)"
    }

    /// Lets its peers get what it wrote, then drops every subscription from and to it, with the slots.
    func run() async throws {
        tools.say(node, "taking it out of the replication")
        let isRunning = try tools.isRunning(node.primary)
        for link in links where link.provider.node == node.name {
            if isRunning, link.subscription.isEnabled { try await drain(link) }
            try await access.with(link.subscriber.peer, database: link.subscriber.database) { connection in
                try await link.replication.drop(link.subscription.name, connection)
                if let name = link.subscription.providerNode {
                    try await link.replication.forgetNode(name, connection)
                }
            }
            guard isRunning else { continue }
            try await access.with(link.provider.peer, database: link.provider.database) {
                try await LogicalSlots.drop(link.slot, $0)
            }
        }
        for link in links where link.subscriber.node == node.name {
            if isRunning {
                try await access.with(link.subscriber.peer, database: link.subscriber.database) {
                    try await link.replication.drop(link.subscription.name, $0)
                }
            }
            try await access.with(link.provider.peer, database: link.provider.database) {
                try await LogicalSlots.drop(link.slot, $0)
            }
        }
    }

    private func drain(_ link: ReplicationLink) async throws {
        let isDone = try await access.with(link.provider.peer, database: link.provider.database) { connection in
            let position = try await link.replication.mark(connection)
            return try await ReplicationProgress.wait(
                for: link.slot, toPass: position, connection, patience: Self.patience)
        }
        guard !isDone else { return }
        throw OperationError(
            .operation, code: "not-drained",
            "\(link.text) stands still, so \(link.subscriber.peer.label) would lack what \(node.name) wrote last",
            hint: "see what it waits for, then do the same again")
    }
}
