import Catalog
import Failures
import PgBackRest
import Postgres

/// Looks at everything that a restore rests on: servers, directories, repositories. Writes nothing but scratch files
/// in a private directory that is removed.
///
/// Works while a node serves and when it is gone. What cannot be looked at is an observation as well; only what would
/// make all of it senseless is thrown.
struct RestoreObserver: Sendable {
    var context: OperationContext
    var tools: NodeTools
    var books: BookLocator
    /// What nodes that are not there yet will begin with, by name.
    var configurations: [String: SavedConfiguration] = [:]
    /// What nodes that are not there yet will have of replication, by name.
    var joins: [String: NodeReplication] = [:]

    /// Looks at the target nodes side by side.
    func observe(
        order: RestoreOrder, placement: DatabasePlacement, record: DatabaseRecord
    ) async throws -> RestoreObservation {
        let at = context.now()
        let nodes = try await SideBySide.run(order.nodes, name: \.node) { nodeOrder in
            try await observe(nodeOrder, order, placement, record)
        }
        var observation = RestoreObservation(
            at: at, specRevision: record.revision, pgbackrestVersion: nodes.first?.version ?? "",
            nodes: nodes.map(\.node), neighbours: NeighbourFinder(home: context.home).directories())
        let access = PeerAccess(tools: tools, placement: placement)
        observation.links = ReplicationLink.all(of: observation.nodes.compactMap(\.replication), access)
        return observation
    }

    private typealias Seen = (node: NodeObservation, version: String)

    private func observe(
        _ nodeOrder: NodeOrder, _ order: RestoreOrder, _ placement: DatabasePlacement, _ record: DatabaseRecord
    ) async throws -> Seen {
        let node = try placement.node(nodeOrder.node)
        let order = order.narrowed(to: node.name)
        guard node.primary.isHere else {
            var seen = NodeObservation(
                node: node.name, dataDirectory: DataDirectoryObservation(path: node.primary.pgdata, state: .missing))
            seen.isHere = false
            return (seen, "")
        }
        let finding = await ServerObserver(tools: tools).observe(node)
        let directory = await DataDirectoryObserver(tools: tools).observe(node, facts: finding.facts)
        var seen = NodeObservation(node: node.name, dataDirectory: directory)
        seen.server = finding.server
        seen.serverProblem = finding.problem
        await ReplicationObserver(access: PeerAccess(tools: tools, placement: placement)).observe(
            node, nodeOrder, joins[node.name], into: &seen)
        recall(&seen, node, record.nodes[node.name])
        let version = await programs(&seen, node)
        await surroundings(&seen, node)
        if let planned = configurations[node.name] {
            seen.ownSettings = SettingsReader.values(of: planned)
        } else {
            let own = await SettingsReader(tools: tools).own(
                node, hasDataDirectory: seen.hasOwnCluster, isRunning: seen.server != nil || seen.serverProblem != nil)
            (seen.ownSettings, seen.configurationProblem) = own
        }
        // A node that never was has left nothing behind.
        let left: (segments: [String], loss: String?) =
            configurations[node.name] == nil ? await leftover(node, seen) : ([], nil)
        if seen.pgbackrestProblem == nil {
            try await Directories.withTemporary { directory in
                try await observeBooks(
                    &seen, node, nodeOrder, order, placement, record, left.segments, directory: directory)
            }
        }
        seen.archivingProblem = archivingProblem(seen, finding)
        if let undone = order.undoes { seen.closedBook = await closedBook(seen, node, undone) }
        seen.unarchivedWAL = unarchived(left, node, seen)
        if let linked = await linkedWAL(seen, node, nodeOrder, order) { seen.unarchivedWAL = linked }
        return (seen, version)
    }

    private func recall(_ seen: inout NodeObservation, _ node: NodePlacement, _ record: NodeRecord?) {
        seen.recordedSystemIdentifier = record?.systemIdentifier
        seen.recordedMajorVersion = record?.majorVersion
        seen.backups = (record?.backups ?? .none).rawValue
        seen.hasUndoPoint = record?.undo != nil
        // One that cannot be read is refused elsewhere.
        let earlier = (try? EarlierRestore.find(node.databaseID, home: context.home)) ?? nil
        seen.isFencedSinceUndoPoint = earlier?.hasFenced(node.name) ?? false
    }

    /// The version of pgbackrest; empty when it cannot be asked.
    private func programs(_ seen: inout NodeObservation, _ node: NodePlacement) async -> String {
        do {
            seen.programsMajorVersion = try await tools.programs(for: node.primary, of: node).version().major
        } catch {
            seen.programsProblem = (error as? any Failure)?.message ?? "\(error)"
        }
        do {
            return "\(try await tools.backrest(node).version())"
        } catch {
            seen.pgbackrestProblem = (error as? any Failure)?.message ?? "\(error)"
            return ""
        }
    }

    private func surroundings(_ seen: inout NodeObservation, _ node: NodePlacement) async {
        if let supervisor = await tools.supervisor(node.primary, of: node) {
            seen.supervisor = supervisor.name
            seen.supervisorHint = supervisor.howToHold
        }
        seen.busyWith = BusyNode(home: context.home).holder(node)
        seen.replicas = node.replicas.map { replica in
            var found = ReplicaObservation(
                hostID: replica.hostID, isHere: replica.isHere, pgdata: replica.pgdata,
                isRunning: replica.isHere && ((try? tools.isRunning(replica)) ?? false),
                exists: replica.isHere && Directories.exists(replica.pgdata))
            if found.exists { found.obstacle = Self.obstacle(to: replica.pgdata) }
            return found
        }
    }

    /// Why a directory cannot be moved aside by a rename, as step 2 does it.
    private static func obstacle(to path: String) -> String? {
        let parent = Directories.parent(of: path)
        if RealPath.of(path) != RealPath.of(parent) + path.dropFirst(parent.count) { return "it is a link" }
        guard let own = try? DiskUsage.device(at: path), let outer = try? DiskUsage.device(at: parent) else {
            return nil
        }
        if own != outer { return "it is a mount point" }
        return Directories.isWritable(parent) ? nil : "\(parent) cannot be written"
    }

    /// Reads the books in the order of preference, until one has what is asked for.
    private func observeBooks(
        _ seen: inout NodeObservation, _ node: NodePlacement, _ nodeOrder: NodeOrder, _ order: RestoreOrder,
        _ placement: DatabasePlacement, _ record: DatabaseRecord, _ left: [String], directory: String
    ) async throws {
        let writer = await writer(of: nodeOrder, target: node, seen: seen, placement, record)
        seen.sourceSettings = writer?.server.settings ?? [:]
        // What is left in pg_wal is archived into the books that the node writes, and only there.
        let writes = writer?.node ?? (seen.backups == BackupState.on.rawValue ? node.name : nil)
        let leftover = left.isEmpty ? nil : try? LeftoverSegments(left, of: node, tools: tools)
        let chooser = SetChooser(order: order, now: context.now())
        for (index, reference) in nodeOrder.books.enumerated() {
            let place = "\(directory)/\(index)"
            try Directories.create(place)
            let reader = BookReader(
                tools: tools, order: order, node: node, writer: writer, leftover: leftover, directory: place)
            let book: LocatedBook
            do {
                book = try books.locate(reference)
            } catch let error as any Failure {
                seen.books.append(
                    BookObservation(
                        reference: reference, identity: reference.repositoryName,
                        problem: .unreadable(error.message)))
                continue
            }
            seen.books.append(try await reader.read(book, writes: isWritten(book, by: writes, placement)))
            if case .success(let choice) = chooser.choose(from: seen.books), choice.bookIndex == index {
                try await reader.readChosen(choice.set.backup, of: book, into: &seen.books[index])
                break
            }
        }
        observePlaces(&seen, order)
        if seen.sourceSettings.isEmpty { seen.sourceSettings = await settingsOnDisk(nodeOrder, placement) }
    }

    /// The running server of the source node, when its backups are on.
    private func writer(
        of nodeOrder: NodeOrder, target: NodePlacement, seen: NodeObservation, _ placement: DatabasePlacement,
        _ record: DatabaseRecord
    ) async -> BookReader.WriterCandidate? {
        guard nodeOrder.sourceDatabaseID == placement.id,
            let source = placement.nodes.first(where: { $0.name == nodeOrder.sourceNode }), source.primary.isHere,
            record.nodes[source.name]?.backups == .on
        else { return nil }
        let server =
            source.name == target.name ? seen.server : await ServerObserver(tools: tools).observe(source).server
        return server.map {
            BookReader.WriterCandidate(node: source.name, pgdata: source.primary.pgdata, server: $0)
        }
    }

    /// Whether the book is one of those that the accepted spec has the node write.
    private func isWritten(_ book: LocatedBook, by writer: String?, _ placement: DatabasePlacement) -> Bool {
        guard let writer, book.reference.node == writer,
            let source = placement.nodes.first(where: { $0.name == writer })
        else { return false }
        let identity = BookReader.identity(book)
        return (source.spec.backupConfig?.repositories ?? []).contains { repository in
            var written = book
            written.repository = repository
            return BookReader.identity(written) == identity
        }
    }

    private func observePlaces(_ seen: inout NodeObservation, _ order: RestoreOrder) {
        guard let detail = seen.books.lazy.compactMap(\.chosenSetDetail).first else { return }
        // Whose backup it is only decides which of the two places is meant: both are looked at.
        for isOwn in [true, false] {
            let map = PlaceMap(options: order.options, node: seen, backup: detail, isOwnBackup: isOwn)
            for path in map.destinations { seen.places[path] = DataDirectoryObserver.place(path) }
        }
        let all =
            [seen.dataDirectory.path] + seen.dataDirectory.tablespaces.values
            + seen.dataDirectory.links.values + seen.places.keys
        seen.dataDirectory.bytesFree = DataDirectoryObserver.bytesFree(of: all)
    }

    /// What the source's control data say, when its server is down.
    private func settingsOnDisk(_ nodeOrder: NodeOrder, _ placement: DatabasePlacement) async -> [String: Int] {
        guard nodeOrder.sourceDatabaseID == placement.id,
            let source = placement.nodes.first(where: { $0.name == nodeOrder.sourceNode }), source.primary.isHere,
            case .cluster(let control)? = try? await tools.dataDirectoryState(source.primary, of: source)
        else { return [:] }
        return SettingsReader.compared(control)
    }

    /// Why the present state cannot be archived for an undo.
    private func archivingProblem(_ seen: NodeObservation, _ finding: ServerObserver.Finding) -> String? {
        switch BackupState(rawValue: seen.backups) {
        case .off?: "backups of the node are off since the last restore"
        case .on?: finding.archivingProblem
        case BackupState.none?, nil: "the node has no backups"
        }
    }

    /// Whether what the node wrote since its last restore can be put into the book that it came from.
    private func closedBook(
        _ seen: NodeObservation, _ node: NodePlacement, _ undone: String
    ) async -> ClosedBookObservation? {
        guard seen.backups == BackupState.off.rawValue, seen.server != nil else { return nil }
        do {
            let book = try ClosedBook.find(node, undoing: undone, tools: tools, books: books)
            try await book.check()
            return ClosedBookObservation(repositoryName: book.book.reference.repositoryName)
        } catch {
            return ClosedBookObservation(
                repositoryName: "", problem: (error as? any Failure)?.message ?? "\(error)")
        }
    }

    /// WAL that a dead server left, and why there is none where there should be.
    private func leftover(
        _ node: NodePlacement, _ seen: NodeObservation
    ) async -> (segments: [String], loss: String?) {
        guard seen.server == nil, seen.serverProblem == nil else { return ([], nil) }
        let path = node.primary.pgdata
        switch seen.dataDirectory.state {
        case .missing: return ([], "\(path) is missing, and with it all WAL that was not archived")
        case .empty, .foreign: return ([], "\(path) holds no WAL, and what was not archived is lost with it")
        case .cluster where seen.backups == BackupState.on.rawValue && !seen.hasOwnCluster:
            return ([], "\(path) holds another cluster's WAL, and the node's own that was not archived is lost")
        case .damaged, .cluster: break
        }
        guard Directory.isDirectory("\(path)/pg_wal") else {
            return ([], "\(path)/pg_wal is missing, and with it all WAL that was not archived")
        }
        do {
            return (try await tools.unarchivedSegments(node), nil)
        } catch {
            let reason = (error as? any Failure)?.message ?? "\(error)"
            return ([], "the WAL in \(path)/pg_wal cannot be looked at: \(reason)")
        }
    }

    /// What of that WAL is lost.
    private func unarchived(
        _ left: (segments: [String], loss: String?), _ node: NodePlacement, _ seen: NodeObservation
    ) -> UnarchivedWAL? {
        guard seen.server == nil, seen.serverProblem == nil else { return nil }
        guard let first = left.segments.first, let last = left.segments.last, let problem = cannotArchive(seen) else {
            return UnarchivedWAL(segments: left.segments, loss: left.loss)
        }
        return UnarchivedWAL(
            segments: left.segments,
            loss: "WAL segments \(first) to \(last) in \(node.primary.pgdata)/pg_wal cannot be archived (\(problem)): "
                + "they are copied aside, and not replayed")
    }

    /// Why a dead server's WAL cannot be brought into its archive.
    func cannotArchive(_ seen: NodeObservation) -> String? {
        if seen.backups != BackupState.on.rawValue { return "the node's backups are off" }
        guard let own = seen.books.first, own.reference.node == seen.node, case .accepted = own.reference.origin else {
            return nil
        }
        if case .unreadable(let reason)? = own.problem { return reason }
        return nil
    }
}

extension NodeObservation {
    /// Whether the cluster in the data directory is the node's own, or cannot be told from it: another one's
    /// configuration files are not the node's.
    var hasOwnCluster: Bool {
        switch dataDirectory.state {
        case .cluster(let found, _, _): recordedSystemIdentifier == nil || found == recordedSystemIdentifier
        case .damaged: true
        case .missing, .empty, .foreign: false
        }
    }
}
