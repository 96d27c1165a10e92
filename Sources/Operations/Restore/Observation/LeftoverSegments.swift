import Catalog
import Failures
import PgBackRest
import Postgres

extension NodeTools {
    /// WAL segments in the `pg_wal` of a server that is down which hold records and were not archived, oldest first.
    ///
    /// Of a server that was shut down in good order only those count that it wanted to archive itself: what comes
    /// after them is the shutdown's own record. A crashed one also leaves the segment that it was writing. Segments
    /// that were recycled for later use have a later name and old content; pg_waldump finds no record in them.
    func unarchivedSegments(_ node: NodePlacement) async throws -> [String] {
        let directory = "\(node.primary.pgdata)/pg_wal"
        let names = Set((try? Directory.names(in: directory)) ?? [])
        let status = Set((try? Directory.names(in: "\(directory)/archive_status")) ?? [])
        let waiting = names.filter { status.contains("\($0).ready") && $0.utf8.count == 24 }
        if await state(of: node.primary, of: node) == .stopped { return waiting.sorted() }
        let programs = try programs(for: node.primary, of: node)
        let size = await segmentSize(node)
        var found = waiting
        for name in names where !waiting.contains(name) && !status.contains("\(name).done") {
            guard let segment = WALSegmentName(name, segmentSize: size) else { continue }
            if await holdsRecords(segment, directory: directory, programs: programs) { found.insert(name) }
        }
        return found.sorted()
    }

    private func segmentSize(_ node: NodePlacement) async -> UInt64 {
        if case .cluster(let control)? = try? await dataDirectoryState(node.primary, of: node) {
            return UInt64(control.walSegmentSize)
        }
        // Every segment file has its full length.
        let directory = "\(node.primary.pgdata)/pg_wal"
        let sizes = ((try? Directory.names(in: directory)) ?? []).filter { $0.utf8.count == 24 }.compactMap {
            ((try? FileInformation.of("\(directory)/\($0)")) ?? nil).map { UInt64($0.size) }
        }
        return sizes.first { $0 > 0 } ?? SegmentSize.standard
    }

    private func holdsRecords(_ segment: WALSegmentName, directory: String, programs: Programs) async -> Bool {
        let range = WALDump.Range(
            directory: directory, timeline: segment.timeline, start: LSN(bytes: segment.start.bytes),
            end: LSN(bytes: segment.next.start.bytes), segmentSize: Int(segment.segmentSize))
        do {
            let end = try await WALDump.scan(range, programs: programs) { _ in false }
            if case .endOfLog(let words) = end { return !words.contains("could not find a valid record") }
            return true
        } catch {
            return false
        }
    }
}
