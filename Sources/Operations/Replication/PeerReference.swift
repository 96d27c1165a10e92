import Postgres

/// A server at the other end of a subscription: a node of the spec, or one outside it that is known by a connection
/// string only.
struct PeerReference: Sendable, Hashable, Codable {
    /// Name in the spec; nil for one outside it.
    var node: String?
    /// How the catalogs reach it; may hold a password.
    var dsn: String?

    /// For people, without secrets.
    var label: String {
        if let node { return node }
        let pairs = dsn.flatMap { ConnectionString.parse($0) } ?? [:]
        let host = pairs["host"] ?? pairs["hostaddr"] ?? "an unknown host"
        return "\(host):\(pairs["port"] ?? "5432")"
    }
}

/// Finds out which node of the spec a connection string leads to, and how each peer is reached.
struct PeerAccess: Sendable {
    var tools: NodeTools
    var placement: DatabasePlacement

    /// A peer that does not answer within this many seconds counts as down.
    static let connectLimit = 5.0
    /// Seconds that a statement on a peer may take.
    static let statementLimit = 40.0

    private static let loopback: Set<String> = ["localhost", "127.0.0.1", "::1"]

    /// The node whose primary the connection string leads to; nil for somebody outside the spec.
    func node(reachedBy dsn: String) -> NodePlacement? {
        guard let pairs = ConnectionString.parse(dsn) else { return nil }
        let host = pairs["host"] ?? pairs["hostaddr"] ?? "localhost"
        let port = pairs["port"].flatMap { Int($0) } ?? 5432
        return placement.nodes.first { node in
            guard node.primary.port == port else { return false }
            if host == node.primary.address || host == node.primary.socketDir { return true }
            return node.primary.isHere && (Self.loopback.contains(host) || host.hasPrefix("/"))
        }
    }

    func reference(to dsn: String) -> PeerReference { PeerReference(node: node(reachedBy: dsn)?.name, dsn: dsn) }

    /// How pgstanza itself connects to a database of a peer: over the socket to a node of this host, elsewhere as the
    /// catalogs do, or to the node's address.
    ///
    /// Throws `peer-unknown` (69) when nothing is known of the way.
    func parameters(_ peer: PeerReference, database: String) throws -> ConnectionParameters {
        var parameters: ConnectionParameters
        if let name = peer.node, let node = placement.nodes.first(where: { $0.name == name }), node.primary.isHere {
            parameters = tools.parameters(node.primary, of: node, database: database)
        } else if let dsn = peer.dsn, let found = Self.parameters(dsn: dsn, database: database) {
            parameters = found
        } else if let name = peer.node, let node = placement.nodes.first(where: { $0.name == name }) {
            parameters = ConnectionParameters(
                host: node.primary.address, port: node.primary.port, user: node.superuser, database: database)
        } else {
            throw OperationError(
                .unavailable, code: "peer-unknown", "nothing says how \(peer.label) is reached",
                hint: "connection strings in the catalogs should name host and port, and passfile= for a password")
        }
        parameters.connectTimeout = Self.connectLimit
        parameters.queryTimeout = Self.statementLimit
        return parameters
    }

    /// nil for a string that cannot be read, or that holds a password, which has no place on a connection of ours.
    private static func parameters(dsn: String, database: String) -> ConnectionParameters? {
        guard var pairs = ConnectionString.parse(dsn), pairs["password"] == nil,
            let host = pairs.removeValue(forKey: "host") ?? pairs.removeValue(forKey: "hostaddr"),
            let user = pairs.removeValue(forKey: "user")
        else { return nil }
        let port = pairs.removeValue(forKey: "port").flatMap { Int($0) } ?? 5432
        let passfile = pairs.removeValue(forKey: "passfile")
        for name in ["dbname", "application_name", "connect_timeout", "options", "fallback_application_name"] {
            pairs.removeValue(forKey: name)
        }
        return ConnectionParameters(
            host: host, port: port, user: user, database: database, passfile: passfile, options: pairs)
    }

    /// Connects to a database of a peer, hands the connection over and closes it whatever happens.
    func with<Result: Sendable>(
        _ peer: PeerReference, database: String, _ body: @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        try await Connection.with(try parameters(peer, database: database), body)
    }
}
