import Catalog
import Failures
import Postgres

extension NodeTools {
    /// How pgstanza reaches a node's database wherever it lives: over the socket as the superuser on this machine, by
    /// TCP as the role that replicates on another.
    func peerParameters(of node: NodePlacement) -> ConnectionParameters {
        guard !node.primary.isHere else { return parameters(node.primary, of: node, database: node.databaseName) }
        return replicationParameters(of: node)
    }

    /// How its peers reach a node: as the role that replicates, with the password in the node's passfile.
    func peerConnectionString(of node: NodePlacement) -> String {
        let parameters = replicationParameters(of: node)
        return ConnectionString.text([
            ("host", parameters.host), ("port", String(parameters.port)), ("dbname", parameters.database),
            ("user", parameters.user), ("passfile", node.passfilePath),
        ])
    }

    private func replicationParameters(of node: NodePlacement) -> ConnectionParameters {
        var parameters = replicationSource(of: node)
        parameters.database = node.databaseName
        return parameters
    }

    /// Sees that the node's peers may come in: the role that replicates is there, may read, and gets into the database.
    /// Reading is what pglogical and Spock ask of it, whose catalogs lie in schemas of their own.
    func ensurePeerRole(of node: NodePlacement) async throws {
        try await ensureReplicationRole(of: node)
        try await grantReading(to: HBA.replicationRole, of: node)
        try await withConnection(to: node.primary, of: node) { connection in
            do {
                try await Connection.open(replicationParameters(of: node)).close()
            } catch let error as PostgresError where error.isRefusedByHostBasedAuthentication {
                try await addHBALine(
                    "host \(HBA.field(node.databaseName)) \(HBA.replicationRole) all scram-sha-256", connection,
                    of: node)
                try await Connection.open(replicationParameters(of: node)).close()
            }
        }
    }

    /// Has the role read everything in the node's server, and nothing more.
    func grantReading(to role: String, of node: NodePlacement) async throws {
        _ = try await withConnection(to: node.primary, of: node) { connection in
            try await connection.execute("GRANT pg_read_all_data TO \(SQL.identifier(role))")
        }
    }
}
