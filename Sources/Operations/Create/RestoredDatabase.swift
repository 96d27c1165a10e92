import Catalog
import Failures
import Postgres
import Spec

/// Gives a cluster that came from a backup the users, passwords and the owner of its new database, and says what roles
/// of the source it holds, or drops them.
struct RestoredDatabase {
    var tools: NodeTools
    var spec: DatabaseSpec
    var node: NodePlacement
    /// Roles of the source that the spec does not name go, and what they own belongs to the database's owner.
    var dropsSourceRoles: Bool

    func run() async throws {
        tools.say(node, "making users, passwords and the owner what the spec says")
        try await tools.ensureRoles(of: node, users: spec.users)
        let name = spec.databaseName
        let owner = spec.users.first(where: \.isOwner)?.username
        let own = node.superuser
        try await tools.withConnection(to: node.primary, of: node) { connection in
            guard try await connection.value("SELECT 1 FROM pg_database WHERE datname = $1", [name]) != nil else {
                throw OperationError(
                    .notFound, code: "no-source-database",
                    "the restored cluster of \(node.name) has no database \(name)",
                    hint: "name the one that is meant as restore_config.source_database_name")
            }
            if let owner {
                try await connection.execute(
                    "ALTER DATABASE \(SQL.identifier(name)) OWNER TO \(SQL.identifier(owner))")
            }
        }
        let strangers = try await strangers()
        guard !strangers.isEmpty else { return }
        let list = strangers.joined(separator: ", ")
        guard dropsSourceRoles else {
            return tools.context.reporter.report(
                .info("\(node.name): roles of the source that the spec does not name are kept: \(list)"))
        }
        tools.say(node, "dropping roles of the source: \(list)")
        try await drop(strangers, heir: owner ?? own)
    }

    /// Roles of the source that neither the spec nor pgstanza needs, sorted; the server's own are not among them.
    private func strangers() async throws -> [String] {
        let rows = try await tools.withConnection(to: node.primary, of: node) { connection in
            // 16384 is the first oid of a role that somebody made (FirstNormalObjectId in the server's transam.h).
            try await connection.query("SELECT rolname FROM pg_roles WHERE oid >= 16384 ORDER BY 1")
        }
        let needed = Set(spec.users.map(\.username) + [node.superuser, HBA.replicationRole])
        let memberships = Set(spec.users.flatMap(\.roles))
        return rows.compactMap { $0[0] }.filter { !needed.contains($0) && !memberships.contains($0) }
    }

    private func drop(_ roles: [String], heir: String) async throws {
        let databases = try await tools.withConnection(to: node.primary, of: node) { connection in
            try await connection.query("SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1")
        }.compactMap { $0[0] }
        let list = roles.map(SQL.identifier).joined(separator: ", ")
        for database in databases {
            try await tools.withConnection(to: node.primary, of: node, database: database) { connection in
                try await connection.execute("REASSIGN OWNED BY \(list) TO \(SQL.identifier(heir))")
                // What is left are privileges, which the heir has as the owner.
                _ = try await connection.execute("DROP OWNED BY \(list)")
            }
        }
        try await tools.withConnection(to: node.primary, of: node) { connection in
            _ = try await connection.execute("DROP ROLE \(list)")
        }
    }
}
