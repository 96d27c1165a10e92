import Catalog
import Failures
import FoundationEssentials
import PgBackRest
import Postgres
import Spec

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

    /// Numbers, within `repositories`, of those whose files are bundled, as the configuration that is in use says of
    /// their places. Once a repository is new, and its bundling is never taken back.
    func bundledRepositories(_ node: NodePlacement, _ repositories: [Repository]) -> Set<Int> {
        guard let text = ConfigurationFileFinder.read(node.backupConfigPath) else { return [] }
        var paths: [String: String] = [:]
        var bundled: Set<String> = []
        for line in text.split(separator: "\n") where line.hasPrefix("repo") {
            let number = String(line.dropFirst(4).prefix { $0.isNumber })
            let rest = line.dropFirst(4 + number.count)
            if rest.hasPrefix("-path=") { paths[number] = String(rest.dropFirst("-path=".count)) }
            if rest == "-bundle=y" { bundled.insert(number) }
        }
        let bundledPaths = Set(bundled.compactMap { paths[$0] })
        return Set(
            repositories.indices.filter { index in
                bundledPaths.contains(
                    RepositoryPath.effective(repositories[index], databaseID: node.databaseID, node: node.name))
            }.map { $0 + 1 })
    }
}
