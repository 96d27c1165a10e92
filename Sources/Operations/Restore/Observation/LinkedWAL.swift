import Catalog
import Failures

extension RestoreObserver {
    /// WAL of a node whose data directory is gone, where its `pg_wal` was a link to another disk; nil when it was none,
    /// or that is gone too.
    ///
    /// Only the node's own backup knows where the link led.
    func linkedWAL(
        _ seen: NodeObservation, _ node: NodePlacement, _ nodeOrder: NodeOrder, _ order: RestoreOrder
    ) async -> UnarchivedWAL? {
        guard seen.server == nil, !Directories.exists("\(node.primary.pgdata)/pg_wal"),
            nodeOrder.sourceNode == node.name, nodeOrder.sourceDatabaseID == node.databaseID,
            let detail = seen.books.lazy.compactMap(\.chosenSetDetail).first
        else { return nil }
        let map = PlaceMap(options: order.options, node: seen, backup: detail, isOwnBackup: true)
        guard let place = (map.links + map.openLinks).first(where: { $0.name == "pg_wal" })?.destination,
            Directory.isDirectory(place)
        else { return nil }
        do {
            let segments = try await tools.unarchivedSegments(node, in: place)
            guard let first = segments.first, let last = segments.last, let problem = cannotArchive(seen) else {
                return UnarchivedWAL(segments: segments)
            }
            return UnarchivedWAL(
                segments: segments,
                loss: "WAL segments \(first) to \(last) in \(place) cannot be archived (\(problem)): they are copied "
                    + "aside, and not replayed")
        } catch {
            let reason = (error as? any Failure)?.message ?? "\(error)"
            return UnarchivedWAL(segments: [], loss: "the WAL in \(place) cannot be looked at: \(reason)")
        }
    }
}
