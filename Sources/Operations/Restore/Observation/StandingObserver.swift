import Catalog
import Failures
import Postgres

/// How a node really stands in the middle of a restore, whatever the journal says.
public struct NodeStanding: Sendable, Equatable, Codable {
    public struct Replica: Sendable, Equatable, Codable {
        public var host: String
        /// As of a server (``InstanceState``), or `moved aside`.
        public var state: String
    }
    public var node: String
    /// `running`, `stopped`, `crashed`, `missing`, `empty` or `damaged`.
    public var server: String
    /// Whether the fence is in the place of the node's own pg_hba.conf.
    public var isFenced: Bool
    /// `on`, `off` or `none`.
    public var backups: String
    public var replicas: [Replica]

    enum CodingKeys: String, CodingKey {
        case node, server
        case isFenced = "fenced"
        case backups, replicas
    }
}

/// Looks at the nodes of a restore; changes nothing.
struct StandingObserver {
    var tools: NodeTools

    func observe(_ node: NodePlacement, _ facts: NodeRestoreFacts) async -> NodeStanding {
        var replicas: [NodeStanding.Replica] = []
        for replica in node.replicas where replica.isHere {
            let isAside =
                !Directories.exists(replica.pgdata)
                && (facts.replicasMovedAside[replica.hostID].map { Directories.exists($0) } ?? false)
            let state = await tools.state(of: replica, of: node).name
            replicas.append(.init(host: replica.hostID, state: isAside ? "moved aside" : state))
        }
        let record = try? Databases(home: tools.context.home).load(node.databaseID)
        return NodeStanding(
            node: node.name, server: await tools.state(of: node.primary, of: node).name,
            isFenced: isFenced(node, facts),
            backups: (record?.nodes[node.name]?.backups ?? .none).rawValue, replicas: replicas)
    }

    /// Besides the node's own file, a restored server that is not itself yet reads a fence outside its directory.
    private func isFenced(_ node: NodePlacement, _ facts: NodeRestoreFacts) -> Bool {
        let saved = facts.savedConfiguration.flatMap { try? SavedConfiguration.read(from: $0) }
        let path = saved?.hbaPath(pgdata: node.primary.pgdata) ?? "\(node.primary.pgdata)/pg_hba.conf"
        return ConfigurationFileFinder.read(path).map { HBA.isFence($0) } ?? false
    }
}
