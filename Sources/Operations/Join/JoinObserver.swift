import Failures
import Postgres
import Replication
import Spec

/// A node's part in the replication that it joins, found out before anything is made.
struct Joining: Sendable {
    var replication: NodeReplication
    /// Names of the providers.
    var providers: [ReplicationProvider]
    /// Worth knowing beforehand.
    var warnings: [String] = []

    /// What is said of it in a plan.
    var detail: String {
        let reads = replication.inventory.databases.flatMap { $0.subscriptions.map(\.name) }
        let isRead = replication.subscribers.map(\.subscription.name)
        return "it joins by \(providers.map(\.rawValue).joined(separator: ", "))"
            + (reads.isEmpty ? "" : "; it reads by \(reads.joined(separator: ", "))")
            + (isRead.isEmpty ? ", and nobody reads from it" : "; it is read by \(isRead.joined(separator: ", "))")
    }
}

/// Looks at the nodes that are there, and at what a node that joins them needs of each. Changes nothing.
struct JoinObserver: Sendable {
    var tools: NodeTools
    /// As the wanted spec places the nodes.
    var placement: DatabasePlacement
    /// Names of those that are there.
    var present: Set<String>
    var node: NodePlacement
    /// What was seen of the new node's programs.
    var facts: MeshCandidate.Facts?

    var access: PeerAccess { PeerAccess(tools: tools, placement: placement) }
    private var members: [NodePlacement] { placement.nodes.filter { present.contains($0.name) } }
    private var asked: ReplicationProvider? {
        node.spec.local.replication.flatMap { ReplicationProvider(rawValue: $0.provider.rawValue) }
    }
    private var isLeftAlone: Bool { node.spec.local.replication?.provider == ReplicationOptions.Provider.none }

    /// nil when nobody replicates, or the node is to be left alone. `source` is the node whose data it begins with.
    ///
    /// Throws what stands in the way: `peer-down` (69), `needs-source`, `two-providers`, `provider-missing`,
    /// `not-logical`, `name-taken`, `peer-rights`, and what ``JoiningNode/replication()`` throws.
    func observe(source: String?) async throws -> Joining? {
        if isLeftAlone { return nil }
        let seen = try await inventories()
        let providers = Set(seen.flatMap { $0.inventory.databases.map(\.provider) })
        guard !providers.isEmpty else {
            guard let asked else { return nil }
            throw refusal(
                "not-replicating",
                "\(node.name) is to replicate by \(asked.rawValue), and the nodes that are there do not replicate",
                hint: "create a database with all its nodes, or leave replication out of the node")
        }
        guard let source else {
            throw refusal(
                "needs-source", "\(node.name) would join nodes that replicate, and be empty",
                hint: "fill it from one of them: source_node, or restore_config with source_node_name")
        }
        guard present.contains(source) else {
            throw refusal(
                "source-apart",
                "\(node.name) would join nodes that replicate with data of \(source), which is none of them",
                hint: "take one of \(present.sorted().joined(separator: ", "))")
        }
        if let asked, !providers.contains(asked) {
            throw OperationError(
                .invalidInput, code: "two-providers",
                "\(node.name) is to replicate by \(asked.rawValue), and the nodes that are there replicate by "
                    + providers.map(\.rawValue).sorted().joined(separator: ", "),
                hint: "leave replication out of the node, and it joins as the others are joined")
        }
        try checkServer(providers)
        let access = access
        let (sourceNode, node) = (try placement.node(source), node)
        let own = OwnAddress(source: sourceNode, node: node, tools: tools)
        let joining = JoiningNode(
            name: node.name, source: source, members: seen, member: { access.node(reachedBy: $0)?.name },
            ownDSN: { access.node(reachedBy: $0)?.name == source ? own.turned($0) : $0 })
        guard var replication = try joining.replication() else { return nil }
        try await nameSlots(&replication)
        return Joining(
            replication: replication, providers: ReplicationProvider.allCases.filter { providers.contains($0) },
            warnings: try await sequenceWarnings(sourceNode, replication))
    }

    private func inventories() async throws -> [JoiningNode.Member] {
        var found: [JoiningNode.Member] = []
        for member in members {
            let peer = PeerReference(node: member.name)
            do {
                let inventory = try await InventoryReader.read(
                    try parameters(member, peer, database: member.databaseName))
                found.append(JoiningNode.Member(name: member.name, inventory: inventory))
            } catch let error as PostgresError where error.kind == .unavailable || error.kind == .notPermitted {
                throw OperationError(
                    .unavailable, code: "peer-down",
                    "\(member.name) cannot be asked whether it replicates: \(error.message)",
                    hint: "every node has to answer while another one joins: pgstanza db start \(placement.id) "
                        + member.name, underlying: error)
            }
        }
        return found
    }

    /// Where the server is, whatever the spec has it changed to.
    private func parameters(
        _ member: NodePlacement, _ peer: PeerReference, database: String
    ) throws -> ConnectionParameters {
        var parameters = try access.parameters(peer, database: database)
        if member.primary.isHere {
            let running = tools.asItRuns(member.primary)
            parameters.host = running.socketDir
            parameters.port = running.port
        }
        return parameters
    }

    /// Whether the new server can take part.
    private func checkServer(_ providers: Set<ReplicationProvider>) throws {
        let settings = NewClusterFiles(node: node, ownerName: tools.context.ownerName).settings
        let libraries = (settings["shared_preload_libraries"] ?? "").split(separator: ",").map { word in
            String(word.filter { $0 != " " && $0 != "\"" && $0 != "'" })
        }
        var missing: [String] = []
        if settings["wal_level"]?.lowercased() != "logical" { missing.append("wal_level = logical") }
        for provider in providers {
            guard let library = provider.replication.library else { continue }
            if let facts, !facts.installed.contains(provider) {
                throw OperationError(
                    .unavailable, code: "provider-missing",
                    "\(provider.rawValue) is not installed with the PostgreSQL in \(facts.binDir), which \(node.name) "
                        + "runs",
                    hint: "install it on this host, or name another bin_dir in orchestrator_opts.local")
            }
            if !libraries.contains(library) {
                missing.append("shared_preload_libraries = '\((libraries + [library]).joined(separator: ", "))'")
            }
        }
        guard !missing.isEmpty else { return }
        throw refusal(
            "not-logical", "the server of \(node.name) would not be set up for the replication of the others",
            hint: "set \(missing.joined(separator: ", ")) in its postgresql_conf")
    }

    /// What is to be made there takes a superuser.
    func on<Value: Sendable>(
        _ peer: NodePlacement, database: String, _ body: @Sendable (Connection) async throws -> Value
    ) async throws -> Value {
        let parameters = try parameters(peer, PeerReference(node: peer.name), database: database)
        return try await Connection.with(parameters) { connection in
            guard try await connection.value("SHOW is_superuser") == "on" else {
                throw OperationError(
                    .notPermitted, code: "peer-rights",
                    "\(peer.name) can only be reached as \(parameters.user), who may not make slots and subscriptions",
                    hint: "let the superuser of \(peer.name) in from this host")
            }
            return try await body(connection)
        }
    }

    /// Sequences that nobody replicates begin where the source's are, so that both give out the same keys.
    private func sequenceWarnings(_ source: NodePlacement, _ replication: NodeReplication) async throws -> [String] {
        let parts = replication.inventory.databases
        let values = try await SequenceValues.read(
            try parameters(source, PeerReference(node: source.name), database: source.databaseName),
            databases: parts.map(\.database))
        let loose = values.filter { value in
            !parts.contains { part in
                part.database == value.database && part.sets.contains { $0.sequences.contains(value.relation) }
            }
        }.map { "\($0.relation)" }
        guard !loose.isEmpty, !replication.subscribers.isEmpty else { return [] }
        return [
            "\(node.name): \(loose.count) sequence\(loose.count == 1 ? " is" : "s are") in no replication set and begin"
                + "\(loose.count == 1 ? "s" : "") with the value of \(source.name), so that both would give out the same "
                + "keys: \(loose.prefix(10).joined(separator: ", "))\(loose.count > 10 ? ", …" : "")"
        ]
    }

    func refusal(_ code: String, _ message: String, hint: String) -> OperationError {
        OperationError(.refused, code: code, message, hint: hint)
    }
}

/// How a node that is a copy of another is reached, from how that is.
private struct OwnAddress: Sendable {
    var source: NodePlacement
    var node: NodePlacement
    var tools: NodeTools

    /// The connection string with the node's own host and port, and its own passfile where the source has one of
    /// pgstanza's; role and database stay.
    func turned(_ dsn: String) -> String {
        guard var pairs = ConnectionString.parse(dsn) else { return dsn }
        for key in ["host", "hostaddr"] where pairs[key] != nil {
            if pairs[key]?.hasPrefix("/") == true {
                pairs[key] = node.primary.socketDir
            } else if !source.primary.isHere {
                // Two nodes of one machine are reached at one address.
                pairs[key] = node.primary.address
            }
        }
        pairs["port"] = String(node.primary.port)
        if pairs["passfile"] == source.passfilePath { pairs["passfile"] = node.passfilePath }
        return ConnectionString.text(order(pairs))
    }

    private func order(_ pairs: [String: String]) -> [(String, String)] {
        let first = ["host", "hostaddr", "port", "dbname", "user", "passfile"]
        return first.compactMap { key in pairs[key].map { (key, $0) } }
            + pairs.filter { !first.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
