import Catalog
import Failures
import FoundationEssentials
import Postgres

extension NodeTools {
    /// Writes into the record which cluster the node's primary is: its system identifier and version.
    public func recordIdentity(of node: NodePlacement, in keeper: RecordKeeper) async throws {
        let row = try await withConnection(to: node.primary, of: node) { connection in
            try await connection.query(
                """
                SELECT system_identifier, current_setting('server_version_num')::int / 10000 AS major
                FROM pg_control_system()
                """)[0]
        }
        let identifier = row["system_identifier"]
        let major = row.integer("major").map { Int($0) }
        try await keeper.update(node: node.name) {
            $0.systemIdentifier = identifier
            $0.majorVersion = major
        }
    }

    /// The same for an operation that keeps no record open; its user holds the database's lock.
    public func recordIdentity(of node: NodePlacement) async throws {
        let record = try Databases(home: context.home).load(node.databaseID)
        try await recordIdentity(of: node, in: RecordKeeper(record, home: context.home))
    }

    /// Numbers of repositories whose files are bundled, as the configuration that is in use says. Once a repository is
    /// new, and its bundling is never taken back.
    func bundledRepositories(_ node: NodePlacement) -> Set<Int> {
        guard let text = ConfigurationFileFinder.read(node.backupConfigPath) else { return [] }
        return Set(
            text.split(separator: "\n").compactMap { line in
                guard line.hasPrefix("repo"), line.hasSuffix("-bundle=y") else { return nil }
                return Int(line.dropFirst(4).prefix { $0.isNumber })
            })
    }
}
