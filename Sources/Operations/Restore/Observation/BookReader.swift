import Catalog
import Failures
import PgBackRest
import Postgres
import Spec

/// Reads one book: backups, archive, the place of a named target, and of the chosen set what is needed besides.
struct BookReader {
    var tools: NodeTools
    var order: RestoreOrder
    /// The target node: its pgbackrest program and stanza are used.
    var node: NodePlacement
    /// The server that writes the book, when it runs here and archives into it.
    var writer: WriterCandidate?
    /// WAL that the target node's dead server left, which is archived before anything is restored.
    var leftover: LeftoverSegments?
    /// Private directory for configuration and WAL; removed by whoever made it.
    var directory: String

    /// A running server that would be the writer if the book is the one it archives into.
    struct WriterCandidate: Sendable {
        var node: String
        var pgdata: String
        var server: ServerObservation
    }

    /// Never throws for what is wrong with the repository: that is an observation too.
    func read(_ book: LocatedBook, writes: Bool) async throws -> BookObservation {
        var seen = BookObservation(reference: book.reference, identity: Self.identity(book))
        seen.retention = Self.retention(book.repository)
        do {
            let backrest = try await configured(book)
            let info = try await backrest.info(repo: 1)
            if let problem = Self.problem(info) {
                seen.problem = problem
                return seen
            }
            fill(&seen, from: info)
            try await readArchive(&seen, backrest: backrest, writes: writes)
        } catch let error as CancellationError {
            throw error
        } catch {
            seen.problem = .unreadable(Self.reason(error))
        }
        return seen
    }

    /// Adds what `info --set` says of the chosen set and the settings in its control data.
    func readChosen(_ set: BackupSet, of book: LocatedBook, into seen: inout BookObservation) async throws {
        let backrest = try await configured(book)
        seen.chosenSetDetail = try await backrest.info(set: set.label, repo: 1).backups.first
        seen.chosenSettings = await SettingsReader(tools: tools).ofBackup(
            set.label, backrest: backrest, major: seen.majorVersions[set.databaseID] ?? 0, directory: directory)
    }

    /// pgBackRest with a configuration of its own for this book, that only this user can read.
    private func configured(_ book: LocatedBook) async throws -> PgBackRest {
        var node = node
        node.stanza = book.stanza
        let path = "\(directory)/pgbackrest.conf"
        let rendered = try await tools.renderConfiguration(
            node, repositories: [book.repository], path: path,
            owner: (book.reference.databaseID, book.reference.node))
        try rendered.write()
        return tools.backrest(node, configPath: path)
    }

    static func identity(_ book: LocatedBook) -> String {
        let path = RepositoryPath.effective(
            book.repository, databaseID: book.reference.databaseID, node: book.reference.node)
        return "\(book.repository.kind.typeName): \(book.repository.place?.store ?? "this host"), \(path), "
            + "stanza \(book.stanza)"
    }

    private static func retention(_ repository: Repository) -> Retention {
        let number = repository.retentionFull ?? Repository.defaultRetentionFull
        return repository.retentionFullType == .count ? .fulls(number) : .days(number)
    }

    private static func problem(_ info: StanzaInfo) -> BookProblem? {
        let status = info.repositories.first?.status ?? info.status
        switch status.state {
        case .ok, .mixed, .databaseMismatch: return info.backups.isEmpty ? .noBackups : nil
        case .missingStanza, .missingData: return .noStanza
        case .noBackups: return .noBackups
        case .setNotFound, .failed: return .unreadable(status.message)
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let failure = error as? any Failure else { return "\(error)" }
        let last = (failure as? PgBackRestError)?.lines.last.map { ": \($0)" } ?? ""
        return failure.message + (failure.message.contains(last) ? "" : last)
    }

    private func fill(_ seen: inout BookObservation, from info: StanzaInfo) {
        seen.backups = info.backups
        for database in info.databases {
            seen.systemIdentifiers[database.id] = String(database.systemIdentifier)
            seen.majorVersions[database.id] = Int(database.version.prefix { $0 != "." })
        }
        seen.segmentSize = SegmentSize.inferred(from: info.backups)
    }

    private func readArchive(_ seen: inout BookObservation, backrest: PgBackRest, writes: Bool) async throws {
        let listing = try await backrest.archive(repo: 1, segmentSize: seen.segmentSize)
        for archive in listing.archives.reversed() {
            let isNewest = archive.databaseID == listing.archives.last?.databaseID
            let sets = seen.backups.filter { $0.databaseID == archive.databaseID }
            let named = sets.filter { $0.label == order.set }
            let starts = (named.isEmpty ? sets : named).compactMap { set in
                set.walStart.flatMap { WALSegmentName($0, segmentSize: seen.segmentSize)?.number }
            }
            guard let oldest = starts.min() else { continue }
            let scanner = try await scanner(archive, seen, backrest)
            seen.horizons += try await HorizonReader(
                backrest: backrest, archive: archive, scanner: scanner, firstNeeded: oldest, depth: depth(archive)
            ).horizons()
            if writes { seen.writer = seen.writer ?? writer(in: archive, seen) }
            if writes, isNewest, let leftover {
                try await leftover.extend(&seen, archiveID: archive.id, target: order.target)
            }
            if seen.found.isEmpty, let scanner { try await search(&seen, archive, scanner, oldest: oldest) }
        }
    }

    private func depth(_ archive: ClusterArchive) -> HorizonReader.Depth {
        switch order.target {
        case .time: .times
        case .lsn: .positions
        // While the server runs, its last commit is archived by the restore itself.
        case .latest: hasGap(archive) ? .times : writer == nil ? .lastCommit : .names
        case .immediate, .xid, .name: .names
        }
    }

    /// A gap is refused, and the last commit before it is what can be restored instead.
    private func hasGap(_ archive: ClusterArchive) -> Bool {
        archive.timelines.keys.contains { !archive.innerGaps(timeline: $0).isEmpty }
    }

    /// Whether the target is looked for in the WAL.
    private var searches: Bool {
        switch order.target {
        case .name, .xid: true
        case .latest, .immediate, .time, .lsn: false
        }
    }

    /// nil when no WAL is to be read, or its programs are not installed here: the check of the version then says so.
    private func scanner(
        _ archive: ClusterArchive, _ seen: BookObservation, _ backrest: PgBackRest
    ) async throws -> ArchiveScanner? {
        guard let major = seen.majorVersions[archive.databaseID], let programs = try? Programs.find(major: major),
            !archive.timelines.isEmpty, searches || depth(archive) != .names
        else { return nil }
        let place = "\(directory)/\(archive.id)"
        try Directories.create(place)
        let reader = try await backrest.walReader(
            repo: 1, archiveID: archive.id, segmentSize: seen.segmentSize, directory: directory)
        return ArchiveScanner(reader: reader, archive: archive, directory: place, programs: programs)
    }

    /// The candidate is the writer when it is of the newest cluster in the book and on its newest timeline.
    private func writer(in archive: ClusterArchive, _ seen: BookObservation) -> BookWriter? {
        guard let writer, writer.server.archivesWAL, !writer.server.isInRecovery,
            seen.systemIdentifiers[archive.databaseID] == writer.server.systemIdentifier,
            archive.databaseID == seen.systemIdentifiers.keys.max(),
            let newest = archive.timelines.keys.max(), newest <= writer.server.timeline
        else { return nil }
        return BookWriter(
            node: writer.node, timeline: writer.server.timeline,
            currentLSN: LSN(writer.server.currentLSN) ?? LSN(bytes: 0))
    }

    private func search(
        _ seen: inout BookObservation, _ archive: ClusterArchive, _ scanner: ArchiveScanner, oldest: UInt64
    ) async throws {
        guard searches else { return }
        if let writer = seen.writer, let found = try await searchServer(writer, archive, seen) {
            seen.note(found)
            return
        }
        let point = order.nodes.first { $0.node == node.name }?.point.flatMap { LSN($0.lsn) }
        // A recorded position is that of the record's end.
        let known = point.map { ($0.bytes - 1) / seen.segmentSize }
        let timelines = order.targetTimeline.flatMap { UInt32($0) }.flatMap { named in
            ArchiveLine(
                to: named, among: seen.horizons.filter { $0.archiveID == archive.id }, segmentSize: seen.segmentSize)
        }.map { Set($0.horizons.map(\.timeline)) }
        let (found, extent) = try await TargetSearch(
            target: order.target, archive: archive, scanner: scanner, oldest: max(oldest, known.map { $0 - 1 } ?? 0),
            newest: known, timelines: timelines
        ).run(alreadyRead: seen.search?.segments ?? 0)
        seen.search = extent
        if let found { seen.note(found) }
    }

    /// Looks into the segments that the running server has yet to archive.
    private func searchServer(
        _ writer: BookWriter, _ archive: ClusterArchive, _ seen: BookObservation
    ) async throws -> FoundTarget? {
        guard let candidate = self.writer, let last = archive.timelines[writer.timeline]?.last else { return nil }
        let start = LSN(bytes: last.next.start.bytes)
        guard start < writer.currentLSN else { return nil }
        let range = WALDump.Range(
            directory: "\(candidate.pgdata)/pg_wal", timeline: writer.timeline, start: start, end: writer.currentLSN,
            segmentSize: Int(seen.segmentSize))
        let programs = try Programs.find(major: candidate.server.majorVersion)
        guard var found = try? await TargetFinder.find(order.target, in: range, programs: programs) else { return nil }
        found.isArchived = false
        return found
    }
}
