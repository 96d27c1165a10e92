import Catalog
import PositionedJSON
import Spec

/// Turns "back to the moment before the last restore" into an order: each node's own point, timeline and repository,
/// as they were recorded when the point was made.
struct UndoOrderResolver {
    var placement: DatabasePlacement
    var record: DatabaseRecord
    /// The restore to take back.
    var restore: EarlierRestore
    var flags: RestoreFlags
    /// Subscriber → links that had everything when the points were made.
    var settled: [String: [String]] = [:]

    /// Throws `no-way-back` (73) for a node without a point, `book-missing` (73) where the repository of its point is
    /// no longer known, and `unknown-node` (66).
    func order() throws -> RestoreOrder {
        let names = flags.targetNodes.isEmpty ? restore.journal.nodes : flags.targetNodes
        var seen: Set<String> = []
        let nodes = try names.filter { seen.insert($0).inserted }.map { try node($0) }
        return RestoreOrder(
            databaseID: placement.id, target: nodes.first?.point?.target ?? .latest, set: nil, targetTimeline: nil,
            isExclusive: false, options: [:], nodes: nodes, consents: flags.consents,
            reenablesBackups: flags.reenablesBackups, undoes: restore.journal.id)
    }

    private func node(_ name: String) throws -> NodeOrder {
        let node = try placement.node(name)
        guard let undo = record.nodes[name]?.undo, undo.restore == restore.journal.id else {
            throw OperationError(
                .refused, code: "no-way-back",
                "restore \(restore.journal.id) left no way back for \(name): its state before is in no archive",
                hint: "see what can be restored to: pgstanza backups \(placement.id) \(name)")
        }
        let point = NodePoint(
            target: undo.restorePoint.map { .name($0) } ?? .lsn(undo.lsn), timeline: undo.timeline, lsn: undo.lsn,
            settled: undo.restorePoint == nil ? nil : settled[name])
        return NodeOrder(
            node: name, sourceNode: name, sourceDatabaseID: placement.id, sourceDatabaseName: nil,
            books: [try book(undo, node)], point: point)
    }

    /// Repositories move down the list of former ones, and their keys change; the one that is meant is known by where
    /// it is.
    private func book(_ undo: UndoPoint, _ node: NodePlacement) throws -> BookReference {
        guard let tree = undo.repositories.first?.repository else { throw missing(undo, node, "it is not recorded") }
        let wanted = try SpecReader.readRepository(
            Array(tree.text(pretty: false).utf8), file: "the way back of \(placement.id) \(node.name)")
        let name = wanted.id ?? wanted.kind.typeName
        func reference(_ origin: BookReference.Origin) -> BookReference {
            BookReference(origin: origin, databaseID: placement.id, node: node.name, repositoryName: name)
        }
        let accepted = node.spec.backupConfig?.repositories ?? []
        if let index = accepted.firstIndex(where: { $0.place == wanted.place }) {
            return reference(.accepted(index: index))
        }
        let past = try record.pastRepositories(of: node.name)
        if let index = past.lastIndex(where: { $0.place == wanted.place }) { return reference(.previous(index: index)) }
        throw missing(undo, node, "repository \(name) was taken out of the spec")
    }

    private func missing(_ undo: UndoPoint, _ node: NodePlacement, _ why: String) -> OperationError {
        OperationError(
            .refused, code: "book-missing",
            "the archive that holds \(node.name)'s state before restore "
                + "\(restore.journal.id) is no longer known: \(why)",
            hint: "name it: pgstanza restore \(placement.id) --target-node \(node.name) --repository JSON "
                + (undo.restorePoint.map { "--type name --target \($0) " } ?? "--type lsn --target \(undo.lsn) ")
                + "--option target-timeline=\(undo.timeline)")
    }
}
