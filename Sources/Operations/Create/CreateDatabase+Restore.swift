import Catalog
import Failures
import Spec

/// Nodes that are made from a backup (`restore_config`).
extension CreateDatabase {
    /// Plans the restores of those nodes that have no cluster yet, and notes their sources with what was seen.
    func restoredNodes(
        _ facts: inout [CreateFacts], _ placement: DatabasePlacement, _ record: DatabaseRecord?
    ) async throws -> [RestoredNodes] {
        var nodes: [NodePlacement] = []
        for seen in facts where seen.node.spec.restoreConfig != nil {
            if record?.nodes[seen.node.name]?.systemIdentifier != nil { continue }
            try Self.requireEmpty(seen)
            nodes.append(seen.node)
        }
        guard !nodes.isEmpty else { return [] }
        let known = record ?? DatabaseRecord(id: request.id, acceptedAt: context.now(), spec: request.document)
        let joins = RestoredMesh.joins(of: nodes, NodeTools(context))
        let restored = try await RestoredNodes.plan(nodes, placement, known, context, joins: joins)
        for index in facts.indices {
            let name = facts[index].node.name
            guard let group = restored.first(where: { $0.names.contains(name) }) else { continue }
            facts[index].source = group.plan.source(of: name)
            facts[index].sourceDatabaseName = group.plan.order.nodes.first { $0.node == name }?.sourceDatabaseName
        }
        return restored
    }

    /// A restore takes no directory over that somebody has something in.
    static func requireEmpty(_ facts: CreateFacts) throws {
        let node = facts.node
        guard facts.isNew else {
            throw OperationError(
                .refused, code: "directory-not-empty",
                "\(node.name) is to be made from a backup, and \(node.primary.pgdata) is not empty",
                hint: "move it away, name another directory in orchestrator_opts.local.pgdata, or leave restore_config "
                    + "out to take over what is there")
        }
        for replica in node.replicas where replica.isHere {
            guard let state = facts.replicas[replica.hostID], state != .missing, state != .empty else { continue }
            throw OperationError(
                .refused, code: "directory-not-empty",
                "the replica of \(node.name) on \(replica.hostID) is to be made anew, and \(replica.pgdata) is not empty",
                hint: "move it away, or name another directory in orchestrator_opts.local.instances")
        }
    }

    /// Restores what is to be restored; what was made is taken back when that fails in the first try.
    func restore(
        _ restored: [RestoredNodes], _ nodes: [NodePlacement], _ placement: DatabasePlacement, isFirst: Bool
    ) async throws {
        let emptyBefore = CreationTakeBack.emptyDirectories(nodes)
        do {
            for group in restored {
                let record = try Databases(home: context.home).load(request.id)
                try await group.carryOut(placement, record, context)
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            guard isFirst else { throw error }
            let takeBack = CreationTakeBack(
                tools: NodeTools(context), databaseID: request.id, nodes: nodes, plans: restored.map(\.plan),
                emptyBefore: emptyBefore)
            throw await takeBack.run(after: error)
        }
    }
}
