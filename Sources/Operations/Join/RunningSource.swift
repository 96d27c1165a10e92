import Failures
import Postgres
import Replication

/// A node that runs as the source of another one's data, without a backup in between.
struct RunningSource: Sendable {
    var tools: NodeTools
    var placement: DatabasePlacement
    /// The node that is copied.
    var source: NodePlacement
    /// The node that is made.
    var node: NodePlacement

    /// Settings that a standby may not have less of than the server that it copies.
    static let bounds = [
        "max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions",
        "max_locks_per_transaction",
    ]

    /// Looks at the source and plans; changes nothing.
    ///
    /// Throws `elsewhere` and `standby` (73), `server-down` (69) and `postgres-version` (69).
    func plan(specRevision: Int, joining: Joining?) async throws -> RestorePlan {
        guard source.primary.isHere else {
            throw OperationError(
                .refused, code: "elsewhere",
                "\(node.name) would be filled from \(source.name), which runs on host \(source.primary.hostID)",
                hint: "fill it from a backup of \(source.name): restore_config with source_node_name \(source.name)")
        }
        guard try tools.isRunning(source.primary) else {
            throw OperationError(
                .unavailable, code: "server-down",
                "the server of \(source.name), from which \(node.name) is filled, does not run",
                hint: "pgstanza db start \(placement.id) \(source.name)")
        }
        let major = try await tools.programs(for: node.primary, of: node).version().major
        let row = try await tools.withConnection(to: tools.asItRuns(source.primary), of: source) { connection in
            try await connection.query(
                """
                SELECT pg_is_in_recovery() AS standby, (SELECT system_identifier FROM pg_control_system()) AS id,
                       current_setting('server_version_num')::int / 10000 AS major,
                       (SELECT sum(pg_database_size(oid)) FROM pg_database)::bigint AS bytes
                """)[0]
        }
        guard row.bool("standby") == false else {
            throw OperationError(
                .refused, code: "standby", "the server of \(source.name) is a standby",
                hint: "promote it, or take another node for the source")
        }
        let theirs = row.integer("major").map { Int($0) } ?? major
        guard theirs == major else {
            throw OperationError(
                .unavailable, code: "postgres-version",
                "\(source.name) runs PostgreSQL \(theirs), and the programs of \(node.name) are of version \(major)",
                hint: "set postgres_version or orchestrator_opts.local.bin_dir of \(node.name)")
        }
        return made(
            specRevision, identifier: row["id"] ?? "", major: major, bytes: row.integer("bytes") ?? 0, joining: joining)
    }

    private func made(
        _ specRevision: Int, identifier: String, major: Int, bytes: Int64, joining: Joining?
    ) -> RestorePlan {
        let now = tools.context.now()
        let book = BookReference(
            origin: .request, databaseID: placement.id, node: source.name, repositoryName: "the running server")
        var order = RestoreOrder(
            databaseID: placement.id, target: .latest, isExclusive: false, options: [:],
            nodes: [
                NodeOrder(node: node.name, sourceNode: source.name, sourceDatabaseID: placement.id, books: [book])
            ], consents: [], reenablesBackups: false)
        order.isCreation = true
        order.copiesRunning = true
        let basis = PlanBasis(
            database: placement.id, specRevision: specRevision, target: .latest, isExclusive: false, options: [:],
            reenablesBackups: false,
            nodes: [
                PlanBasis.Node(
                    node: node.name, pgdata: node.primary.pgdata, majorVersion: major,
                    replicas: node.replicas.map(\.pgdata), replication: joining?.replication.lines ?? [],
                    sourceNode: source.name, repositoryIdentity: "", label: "", sourceSystemIdentifier: identifier)
            ])
        let chosen = ChosenSource(
            node: node.name, book: book, repositoryIdentity: "", label: "", setType: "copy", setStopped: now,
            systemIdentifier: identifier, majorVersion: major, bytes: bytes, isNextToExpire: false, tablespaces: [:],
            links: [:])
        return RestorePlan(
            madeAt: now, order: order, basis: basis, sources: [chosen], checks: [], subscriptions: [], steps: [],
            commands: [], expectedBytes: bytes, expectedSeconds: Double(bytes) / 150_000_000 + 5)
    }
}
