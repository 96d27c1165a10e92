import Failures
import Postgres
import Replication

/// Connects the nodes of a database, this host's part of it: looks first and does what is missing, so that it can be
/// done again after it was cut short.
struct MeshMaker {
    var tools: NodeTools
    var mesh: Mesh
    /// All nodes of the database, placed where their servers are.
    var nodes: [NodePlacement]

    /// How long a new subscription may stand still until it is given up, in seconds.
    private static let patience = 60.0

    private var members: [NodePlacement] { nodes.filter { mesh.nodes.contains($0.name) } }
    private var here: [NodePlacement] { members.filter(\.primary.isHere) }
    private var replication: any LogicalReplication { mesh.provider.replication }

    /// What it comes to, for the subscriptions of this host.
    static func changes(_ mesh: Mesh, here: Set<String>) -> [PlannedChange] {
        mesh.nodes.filter(here.contains).map { name in
            let pairs = mesh.pairs.filter { $0.subscriber == name }
            return PlannedChange(
                node: name, action: "connect",
                detail: "by \(mesh.provider.rawValue): subscriptions "
                    + pairs.map(\.subscription).joined(separator: ", "))
        }
    }

    /// Names of the nodes of this host that run and lack a subscription.
    func unconnected() async throws -> [String] {
        var found: [String] = []
        for node in here where try tools.isRunning(node.primary) {
            let present = try await tools.withConnection(
                to: node.primary, of: node, database: node.databaseName
            ) { try await replication.read($0)?.subscriptions.count ?? 0 }
            if present < mesh.nodes.count - 1 { found.append(node.name) }
        }
        return found
    }

    /// Does it, and gives what has to wait for another host, a sentence each.
    func run() async throws -> [String] {
        let maker = self
        _ = try await SideBySide.run(here, name: \.name) { try await maker.prepare($0) }
        // All of them before the first slot: making a slot waits for every open transaction, and a subscription is made
        // in one that asks other servers.
        let made = try await SideBySide.run(here, name: \.name) { try await maker.subscribe($0) }
        _ = try await SideBySide.run(made, name: \.subscriber.name) { made in
            for (provider, subscription) in made.subscriptions {
                try await maker.start(subscription, to: provider, of: made.subscriber)
            }
        }
        return made.flatMap(\.waiting)
    }

    /// Makes the node one that peers can subscribe to.
    private func prepare(_ node: NodePlacement) async throws {
        tools.say(node, "opening the node to its peers")
        try await tools.ensurePeerRole(of: node)
        try await tools.withConnection(to: node.primary, of: node, database: node.databaseName) { connection in
            try await replication.createNode(
                ReplicationIdentity(name: node.name, dsn: tools.peerConnectionString(of: node)), connection)
            let schemas = try await connection.query(
                """
                SELECT nspname FROM pg_namespace
                 WHERE nspname NOT IN ('information_schema', 'spock', 'pglogical', 'pglogical_origin')
                   AND nspname !~ '^pg_' ORDER BY 1
                """
            ).compactMap { $0[0] }
            try await replication.addTables(inSchemas: schemas, publication: Mesh.publication, connection)
        }
    }

    /// What a node subscribes to by now.
    private struct Subscribed: Sendable {
        var subscriber: NodePlacement
        var subscriptions: [(provider: NodePlacement, subscription: ReplicationSubscription)] = []
        /// A sentence for each that has to wait for another host.
        var waiting: [String] = []
    }

    /// Makes the node's subscriptions, disabled; those that are there stay.
    private func subscribe(_ subscriber: NodePlacement) async throws -> Subscribed {
        var made = Subscribed(subscriber: subscriber)
        for pair in mesh.pairs where pair.subscriber == subscriber.name {
            guard let provider = members.first(where: { $0.name == pair.provider }) else { continue }
            if let reason = try await notThere(provider) {
                made.waiting.append(
                    "\(pair.subscription) could not be made yet: \(reason); when \(provider.name) is there, run the same "
                        + "command here again")
                continue
            }
            tools.say(subscriber, "subscribing to \(provider.name)")
            made.subscriptions.append((provider, try await make(pair, of: provider, on: subscriber)))
        }
        return made
    }

    /// Why a node of another host cannot be subscribed to; nil when it can, and for one of this host.
    private func notThere(_ provider: NodePlacement) async throws -> String? {
        guard !provider.primary.isHere else { return nil }
        guard Directories.exists(provider.passfilePath) else {
            return "the password for \(provider.name) is not here, copy \(provider.passfilePath) from "
                + provider.primary.hostID
        }
        do {
            return try await Connection.with(tools.peerParameters(of: provider)) { connection in
                try await replication.read(connection) == nil ? "\(provider.name) is not set up" : nil
            }
        } catch let error as PostgresError where error.kind == .unavailable || error.kind == .notPermitted {
            return error.message
        }
    }

    /// Has a subscription that was made replicate, and waits until it does.
    private func start(
        _ subscription: ReplicationSubscription, to provider: NodePlacement, of subscriber: NodePlacement
    ) async throws {
        let slot = subscription.slot ?? subscription.name
        try await Connection.with(tools.peerParameters(of: provider)) { there in
            if !subscription.isEnabled {
                _ = try await LogicalSlots.create(slot, plugin: replication.outputPlugin, there)
                try await tools.withConnection(
                    to: subscriber.primary, of: subscriber, database: subscriber.databaseName
                ) { try await replication.enable(subscription.name, $0) }
            }
            let position = try await ReplicationProgress.insertPosition(there)
            guard
                try await ReplicationProgress.wait(for: slot, toPass: position, there, patience: Self.patience)
            else {
                throw OperationError(
                    .operation, code: "not-replicating",
                    "subscription \(subscription.name) does not replicate from \(provider.name)",
                    hint: "see \(subscriber.primary.logFile)",
                    details: tools.lastLogLines(subscriber.primary, of: subscriber, count: 10))
            }
        }
    }

    /// The subscription to a node, whatever its name: a second one would send every row twice. Made disabled when there
    /// is none.
    private func make(
        _ pair: Mesh.Pair, of provider: NodePlacement, on subscriber: NodePlacement
    ) async throws -> ReplicationSubscription {
        let identity = try await Connection.with(tools.peerParameters(of: provider)) {
            try await replication.read($0)?.identity?.name
        }
        return try await tools.withConnection(
            to: subscriber.primary, of: subscriber, database: subscriber.databaseName
        ) { try await make(pair, of: provider, identity, $0) }
    }

    /// The same on a connection to the subscriber; `identity` is the provider's name in the catalogs, if it has one.
    private func make(
        _ pair: Mesh.Pair, of provider: NodePlacement, _ identity: String?, _ connection: Connection
    ) async throws -> ReplicationSubscription {
        func present() async throws -> ReplicationSubscription? {
            try await replication.read(connection)?.subscriptions.first { subscription in
                subscription.name == pair.subscription
                    || (identity != nil && subscription.providerNode == identity)
            }
        }
        if let present = try await present() { return present }
        let interface = ReplicationInterface(
            name: identity ?? "", dsn: tools.peerConnectionString(of: provider))
        try await replication.createSubscription(
            ReplicationSubscription(
                name: pair.subscription, providerNode: identity, interface: identity, interfaces: [interface],
                slot: identity == nil ? pair.subscription : nil, sets: mesh.sets,
                options: mesh.provider == .native ? ["origin": "none"] : [:]),
            at: nil, connection)
        guard let made = try await present() else {
            throw OperationError(
                .operation, code: "no-subscription", "subscription \(pair.subscription) was made and is not there",
                hint: "something drops subscriptions of that database: stop it, then run the same again")
        }
        return made
    }
}
