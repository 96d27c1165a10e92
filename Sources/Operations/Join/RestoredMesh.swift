import Failures
import Postgres
import Replication

/// The nodes of a new database that come from one backup, and are to replicate to each other: they are connected while
/// nobody can write to any of them.
struct RestoredMesh {
    private var run: RestoreRun
    private var mesh: Mesh

    /// nil unless the nodes that are made are all that there are of a mesh.
    init?(_ run: RestoreRun) {
        guard run.plan.order.isCreation == true,
            let mesh = run.placement.nodes.first(where: { $0.name == run.plan.nodeNames.first })?.mesh,
            mesh.nodes.count > 1, Set(mesh.nodes) == Set(run.plan.nodeNames)
        else { return nil }
        self.run = run
        self.mesh = mesh
    }

    /// What such nodes have of replication before they are connected: who they are, which lets their peers through the
    /// fence.
    static func joins(of nodes: [NodePlacement], _ tools: NodeTools) -> [String: NodeReplication] {
        var found: [String: NodeReplication] = [:]
        for node in nodes {
            guard let mesh = node.mesh else { continue }
            let identity = ReplicationIdentity(name: node.name, dsn: tools.peerConnectionString(of: node))
            found[node.name] = NodeReplication(
                node: node.name,
                inventory: ReplicationInventory(databases: [
                    DatabaseReplication(database: node.databaseName, provider: mesh.provider, identity: identity)
                ]))
        }
        return found
    }

    /// Throws `different-ends` (1) when the nodes were not restored to one and the same position.
    func connect() async throws {
        var ends: [String: LSN?] = [:]
        for name in run.plan.nodeNames { ends[name] = await run.journal.facts(name).replication?.forkPosition }
        guard Set(ends.values).count == 1 else {
            let text = ends.sorted { $0.key < $1.key }.map { "\($0.key) at \($0.value.map { "\($0)" } ?? "unknown")" }
            throw OperationError(
                .operation, code: "different-ends",
                "the nodes were not restored to the same position: \(text.joined(separator: ", "))",
                hint: "their source has gone on archiving meanwhile: give a target in restore_options, such as "
                    + "{\"type\": \"time\", \"target\": \"…\"}")
        }
        _ = try await MeshMaker(tools: run.tools, mesh: mesh, nodes: run.placement.nodes).run()
    }
}
