import FoundationEssentials

/// Reads `repo-ls --recurse --output=json` of `archive/STANZA`.
enum ArchiveDocument {
    private struct Entry: Decodable {
        let type: String
        let size: Int64?
    }

    private struct Builder {
        var timelines: [UInt32: [WALSegmentName]] = [:]
        var partials: Set<WALSegmentName> = []
        var histories: Set<UInt32> = []
        var size: Int64 = 0
    }

    /// - Parameters:
    ///   - archiveID: the archive whose directory was listed; nil when it was that of the stanza.
    ///   - segmentSize: bytes in a WAL segment; names do not tell.
    static func parse(_ text: String, archiveID: String? = nil, segmentSize: UInt64) throws -> ArchiveListing {
        let entries = try JSONDecoder().decode([String: Entry].self, from: Data(text.utf8))
        var builders: [String: Builder] = [:]
        for (path, entry) in entries where path != "." {
            let full = archiveID.map { $0 + "/" + path } ?? path
            let parts = full.split(separator: "/")
            guard let id = parts.first.map(String.init), databaseID(of: id) != nil else { continue }
            // An archive counts from its directory on, before there is a segment in it.
            var builder = builders.removeValue(forKey: id) ?? Builder()
            if entry.type == "file", parts.count > 1, let name = parts.last {
                add(String(name), size: entry.size ?? 0, to: &builder, segmentSize)
            }
            builders[id] = builder
        }
        return ArchiveListing(
            archives: builders.map { archive(id: $0, $1, segmentSize) }.sorted {
                ($0.databaseID, $0.id) < ($1.databaseID, $1.id)
            })
    }

    /// The number behind the dash of an id such as `15-1`; nil for other names, such as `archive.info`.
    private static func databaseID(of id: String) -> Int? {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy({ $0.isNumber || $0 == "." }) else { return nil }
        return Int(parts[1])
    }

    /// One file: `000000010000000000000003-SHA1.zst`, `00000002.history` or others.
    ///
    /// One that is still being written ends in `.pgbackrest.tmp`; `.backup` files are notes for people.
    private static func add(_ name: String, size: Int64, to builder: inout Builder, _ segmentSize: UInt64) {
        if name.hasSuffix(".pgbackrest.tmp") || name.hasSuffix(".backup") { return }
        if name.hasSuffix(".history") {
            if let timeline = Hexadecimal.value(name.dropLast(".history".count), digits: 8...8) {
                builder.histories.insert(UInt32(timeline))
            }
            return
        }
        guard let segment = WALSegmentName(name.prefix(24), segmentSize: segmentSize) else { return }
        let rest = name.dropFirst(24)
        if rest.hasPrefix(".partial-") {
            builder.partials.insert(segment)
        } else if rest.hasPrefix("-") {
            builder.timelines[segment.timeline, default: []].append(segment)
        } else {
            return
        }
        builder.size += size
    }

    private static func archive(id: String, _ builder: Builder, _ segmentSize: UInt64) -> ClusterArchive {
        var duplicates: Set<WALSegmentName> = []
        let timelines = builder.timelines.mapValues { segments -> [WALSegmentName] in
            var unique: [WALSegmentName] = []
            for segment in segments.sorted() {
                if unique.last == segment { duplicates.insert(segment) } else { unique.append(segment) }
            }
            return unique
        }
        return ClusterArchive(
            id: id, databaseID: databaseID(of: id) ?? 0, segmentSize: segmentSize, timelines: timelines,
            partials: builder.partials, histories: builder.histories, duplicates: duplicates,
            repositorySize: builder.size)
    }
}
