import Catalog
import Failures
import PgBackRest
import PositionedJSON
import Postgres
import Spec
import TargetTime

/// A node's backups wherever they are, and what can be restored to.
public struct NodeBackups: Sendable {
    public var node: String
    /// Oldest first.
    public var backups: [ListedBackup]
    public var windows: [RestoreWindow]
    /// Slots that its peers keep for these backups.
    public var held: [HeldSlot] = []
}

/// A backup set with the name of its repository.
public struct ListedBackup: Sendable {
    public var repository: String
    /// The node writes that repository now; false for one it wrote before a restore.
    public var isCurrent: Bool
    public var set: BackupSet
}

/// Lists backups: those of the repositories that the spec names, and of those that were written before.
public struct BackupCatalogue: Sendable {
    private let context: OperationContext
    private let tools: NodeTools

    public init(_ context: OperationContext) {
        self.context = context
        tools = NodeTools(context)
    }

    /// What there is of a node, or of every node of this host.
    ///
    /// A repository that cannot be read is a warning when another one can; throws `repository-unreachable` (69)
    /// when none can.
    public func list(_ id: String, node name: String? = nil) async throws -> [NodeBackups] {
        let (record, placement) = try context.load(id)
        let nodes = try name.map { [try placement.node($0)] } ?? placement.nodesHere
        let catalogue = self
        return try await SideBySide.run(nodes, name: \.name) { node in
            var found = try await catalogue.list(node, record.nodes[node.name])
            if HoldingSlots.areWanted(node), try catalogue.tools.isRunning(node.primary) {
                let access = PeerAccess(tools: catalogue.tools, placement: placement)
                found.held = await HoldingSlots(access: access, node: node).held()
            }
            return found
        }
    }

    private func list(_ node: NodePlacement, _ record: NodeRecord?) async throws -> NodeBackups {
        let repositories = try NodeRepositories.of(node, record)
        guard !repositories.isEmpty else { return NodeBackups(node: node.name, backups: [], windows: []) }
        return try await Directories.withTemporary { directory in
            let path = "\(directory)/pgbackrest.conf"
            try await tools.renderConfiguration(
                node, repositories: repositories.map(\.repository), path: path, purpose: .restore
            ).write()
            return try await read(node, repositories, tools.backrest(node, configPath: path))
        }
    }

    private func read(
        _ node: NodePlacement, _ repositories: [NodeRepository], _ backrest: PgBackRest
    ) async throws -> NodeBackups {
        let info = try await backrest.info()
        var problems: [String] = []
        var windows: [RestoreWindow] = []
        for (index, repository) in repositories.enumerated() {
            let number = index + 1
            let status = info.repositories.first { $0.key == number }?.status ?? info.status
            if status.state == .failed {
                problems.append("repository \(repository.name) of \(node.name) cannot be read: \(status.message)")
            } else {
                windows += try await self.windows(node, repository, number: number, info, backrest)
            }
        }
        if problems.count == repositories.count {
            throw OperationError(
                .unavailable, code: "repository-unreachable", problems[0],
                hint: "check the repository's place, keys and certificate", details: Array(problems.dropFirst()))
        }
        for problem in problems { context.reporter.report(.warning(problem)) }
        let backups = info.backups.compactMap { set -> ListedBackup? in
            guard repositories.indices.contains(set.repoKey - 1) else { return nil }
            let repository = repositories[set.repoKey - 1]
            return ListedBackup(repository: repository.name, isCurrent: repository.isCurrent, set: set)
        }
        return NodeBackups(
            node: node.name, backups: backups,
            windows: windows.sorted { ($0.from, $0.timeline) < ($1.from, $1.timeline) })
    }

    private func windows(
        _ node: NodePlacement, _ repository: NodeRepository, number: Int, _ info: StanzaInfo, _ backrest: PgBackRest
    ) async throws -> [RestoreWindow] {
        let sets = info.backups.filter { $0.repoKey == number }
        guard !sets.isEmpty else { return [] }
        let listing = try await backrest.archive(repo: number, segmentSize: SegmentSize.inferred(from: sets))
        var found: [RestoreWindow] = []
        for archive in listing.archives {
            let own = sets.filter { $0.databaseID == archive.databaseID }
            guard !own.isEmpty else { continue }
            var histories: [UInt32: TimelineHistory] = [:]
            for timeline in archive.timelines.keys where archive.histories.contains(timeline) {
                histories[timeline] = try await backrest.history(of: timeline, archiveID: archive.id, repo: number)
            }
            let outlines = RestoreWindows(archive: archive, histories: histories).outlines(of: own)
            guard !outlines.isEmpty else { continue }
            let reader = try await backrest.walReader(
                repo: number, archiveID: archive.id, segmentSize: archive.segmentSize)
            defer { reader.close() }
            let commits = try await lastCommits(outlines, archive, reader, node)
            for (outline, commit) in zip(outlines, commits) {
                found.append(
                    RestoreWindow(
                        timeline: outline.timeline, repository: repository.name, from: outline.from,
                        to: max(commit ?? outline.newestStop, outline.newestStop)))
            }
        }
        return found
    }

    /// The time of the last commit in each window's newest WAL; nil where none was found within the scanner's bound,
    /// or the WAL cannot be read.
    private func lastCommits(
        _ outlines: [WindowOutline], _ archive: ClusterArchive, _ reader: WALReader, _ node: NodePlacement
    ) async throws -> [Instant?] {
        let programs = try tools.programs(for: node.primary, of: node)
        return try await Directories.withTemporary { directory in
            let scanner = ArchiveScanner(reader: reader, archive: archive, directory: directory, programs: programs)
            var found: [Instant?] = []
            for outline in outlines {
                // A segment in which the timeline begins also holds its forebear's part; those before are not its own.
                let own = archive.first(timeline: outline.timeline)?.number ?? outline.lastSegment.number
                let first = min(max(outline.firstSegment.number, own), outline.lastSegment.number)
                do {
                    let commit = try await scanner.lastCommit(
                        in: first...outline.lastSegment.number, timeline: outline.timeline)
                    found.append(commit?.time)
                } catch let error as PostgresError where error.code == "wal-unreadable" {
                    found.append(nil)
                }
            }
            return found
        }
    }
}
