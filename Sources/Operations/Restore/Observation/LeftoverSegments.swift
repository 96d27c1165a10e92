import Catalog
import Failures
import PgBackRest
import Postgres

/// WAL segments that a dead server left, as the continuation of its archive that they become.
struct LeftoverSegments: Sendable {
    /// Names of the files, oldest first.
    var names: [String]
    /// The dead server's `pg_wal`.
    var directory: String
    var programs: Programs

    init(_ names: [String], of node: NodePlacement, tools: NodeTools) throws {
        self.names = names
        directory = "\(node.primary.pgdata)/pg_wal"
        programs = try tools.programs(for: node.primary, of: node)
    }

    /// Adds to what is known of an archive what will be in it when these segments are, as far as they follow on it
    /// without a gap; also looks for a named target in them.
    func extend(_ seen: inout BookObservation, archiveID: String, target: RestoreTarget) async throws {
        let segments = names.compactMap { WALSegmentName($0, segmentSize: seen.segmentSize) }
        for timeline in Set(segments.map(\.timeline)).sorted() {
            guard
                let index = seen.horizons.firstIndex(where: { $0.archiveID == archiveID && $0.timeline == timeline }),
                let run = seen.horizons[index].runs.indices.last
            else { continue }
            var last = seen.horizons[index].runs[run].last
            for segment in segments where segment.timeline == timeline && segment.number == last + 1 {
                last = segment.number
            }
            guard last > seen.horizons[index].runs[run].last else { continue }
            let range = range(timeline, from: seen.horizons[index].runs[run].last + 1, to: last, seen.segmentSize)
            seen.horizons[index].runs[run].last = last
            if let commit = try await WALDump.lastCommit(range, programs: programs) {
                seen.horizons[index].runs[run].lastCommit = commit.time
                seen.horizons[index].runs[run].lastRecord = commit.lsn
            }
            if seen.found.isEmpty, let found = try await TargetFinder.find(target, in: range, programs: programs) {
                seen.note(found)
            }
        }
    }

    private func range(_ timeline: UInt32, from first: UInt64, to last: UInt64, _ size: UInt64) -> WALDump.Range {
        WALDump.Range(
            directory: directory, timeline: timeline, start: LSN(bytes: first * size),
            end: LSN(bytes: (last + 1) * size), segmentSize: Int(size))
    }
}

extension NodeTools {
    /// WAL segments in the `pg_wal` of a server that is down which hold records and were not archived, oldest first.
    ///
    /// Of a server that was shut down in good order only those count that it wanted to archive itself: what comes
    /// after them is the shutdown's own record. A crashed one also leaves the segment that it was writing. Segments
    /// that were recycled for later use have a later name and old content; pg_waldump finds no record in them.
    ///
    /// - Parameter place: of a `pg_wal` that is no longer in the data directory; nil for the one that is.
    func unarchivedSegments(_ node: NodePlacement, in place: String? = nil) async throws -> [String] {
        let directory = place ?? "\(node.primary.pgdata)/pg_wal"
        let names = Set((try? Directory.names(in: directory)) ?? [])
        let status = Set((try? Directory.names(in: "\(directory)/archive_status")) ?? [])
        let waiting = names.filter { status.contains("\($0).ready") && $0.utf8.count == 24 }
        if place == nil, await state(of: node.primary, of: node) == .stopped { return waiting.sorted() }
        let programs = try programs(for: node.primary, of: node)
        let size = await segmentSize(node, directory)
        var found = waiting
        for name in names where !waiting.contains(name) && !status.contains("\(name).done") {
            guard let segment = WALSegmentName(name, segmentSize: size) else { continue }
            if await holdsRecords(segment, directory: directory, programs: programs) { found.insert(name) }
        }
        return found.sorted()
    }

    private func segmentSize(_ node: NodePlacement, _ directory: String) async -> UInt64 {
        if case .cluster(let control)? = try? await dataDirectoryState(node.primary, of: node) {
            return UInt64(control.walSegmentSize)
        }
        // Every segment file has its full length.
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
