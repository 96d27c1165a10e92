import Catalog
import Spec
import TargetTime

/// Turns a request and the flags into an order: every default said, every node and place named.
struct RestoreOrderResolver {
    var placement: DatabasePlacement
    var record: DatabaseRecord
    var request: RestoreRequest
    var flags: RestoreFlags
    var now: Instant

    /// Throws `unknown-node` (66), `no-source` (73) when a node has no place to be restored from, `elsewhere` (73)
    /// for a node of another host, and what the options throw.
    func order() throws -> RestoreOrder {
        let request = flags.merged(over: request)
        let config = request.restoreConfig ?? RestoreConfig()
        let split = try RestoreOptionSplit(config.restoreOptions, now: now)
        let names = request.targetNodes.isEmpty ? placement.nodes.map(\.name) : request.targetNodes
        var seen: Set<String> = []
        let nodes = try names.filter { seen.insert($0).inserted }.map { try node($0, config) }
        return RestoreOrder(
            databaseID: placement.id, target: split.target, set: split.set, targetTimeline: split.targetTimeline,
            isExclusive: split.isExclusive, options: split.remaining, nodes: nodes, consents: flags.consents,
            reenablesBackups: flags.reenablesBackups, advancesSequences: flags.advancesSequences)
    }

    private func node(_ name: String, _ config: RestoreConfig) throws -> NodeOrder {
        let node = try placement.node(name)
        guard node.primary.isHere else {
            throw OperationError(
                .refused, code: "elsewhere",
                "node \(name) lives on host \(node.primary.hostID), and a restore works on the host of its node",
                hint: "run there: pgstanza restore \(placement.id) --target-node \(name)")
        }
        let sourceNode = config.sourceNodeName ?? name
        let sourceDatabase = config.sourceDatabaseID ?? placement.id
        return NodeOrder(
            node: name, sourceNode: sourceNode, sourceDatabaseID: sourceDatabase,
            sourceDatabaseName: config.sourceDatabaseName == placement.spec.databaseName
                ? nil : config.sourceDatabaseName,
            books: try books(of: sourceNode, sourceDatabase, config, for: node))
    }

    private func books(
        of source: String, _ database: String, _ config: RestoreConfig, for node: NodePlacement
    ) throws -> [BookReference] {
        func reference(_ origin: BookReference.Origin, _ repository: Repository) -> BookReference {
            BookReference(
                origin: origin, databaseID: database, node: source,
                repositoryName: repository.id ?? repository.kind.typeName)
        }
        if let repository = config.repository { return [reference(.request, repository)] }
        guard database == placement.id else {
            // Another database of the same repositories: only its own place there is known.
            let repositories = node.spec.backupConfig?.repositories ?? []
            guard !repositories.isEmpty else { throw noSource(node.name) }
            return repositories.enumerated().map { reference(.accepted(index: $0), $1) }
        }
        let effective = try placement.node(source).spec
        var list = (effective.backupConfig?.repositories ?? []).enumerated().map {
            reference(.accepted(index: $0), $1)
        }
        let previous = try record.pastRepositories(of: source)
        // After the first repository, the place of the last incarnation is the likeliest to hold an older target.
        let past = previous.indices.reversed().map { reference(.previous(index: $0), previous[$0]) }
        list.insert(contentsOf: past, at: min(1, list.count))
        guard !list.isEmpty else { throw noSource(node.name) }
        return list
    }

    private func noSource(_ node: String) -> OperationError {
        OperationError(
            .refused, code: "no-source",
            "node \(node) has no backup configuration, neither now nor remembered, so there is no place to restore from",
            hint: "name one: --repository '{\"type\": \"posix\", \"base_path\": \"/backups\", \"id\": \"…\"}'")
    }
}
