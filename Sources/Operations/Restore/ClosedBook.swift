import Catalog
import Failures
import PgBackRest

/// The book that a node was last restored from, for what it has written since while its backups were off.
///
/// An undo needs its own way back. When the node's new timeline is still whole in `pg_wal`, it can be put into that
/// book by hand, without a full backup: the new timeline continues what is there. Only for an undo, which always names
/// the timeline it follows: any other restore from that book would find a second line in it.
struct ClosedBook {
    var node: NodePlacement
    var tools: NodeTools
    var book: LocatedBook

    /// Throws `no-closed-book` (73) where the restore that is undone did not come from a book of the node's own, or
    /// never came to its end.
    static func find(
        _ node: NodePlacement, undoing restore: String, tools: NodeTools, books: BookLocator
    ) throws -> ClosedBook {
        let last = try EarlierRestore.done(restore, of: node.databaseID, home: tools.context.home)
        guard let source = last?.plan.source(of: node.name)?.book, source.node == node.name,
            source.databaseID == node.databaseID, source.origin != .request
        else {
            throw OperationError(
                .refused, code: "no-closed-book", "\(node.name) was not restored from a repository of its own",
                hint: "restore it to a time before that restore instead: pgstanza backups \(node.databaseID) "
                    + "\(node.name) lists what there is")
        }
        return ClosedBook(node: node, tools: tools, book: try books.locate(source))
    }

    /// Throws what stands in the way of putting the node's present timeline into the book; changes nothing.
    func check() async throws {
        try await Directories.withTemporary { directory in
            let timeline = try await PresentTimeline.read(node, tools)
            try timeline.requireHere(try await missing(timeline, try await backrest(directory)))
        }
    }

    /// Puts the node's present timeline into the book, from its history file to a segment that is complete.
    func archive(through segment: String) async throws {
        try await Directories.withTemporary { directory in
            let backrest = try await backrest(directory)
            let timeline = try await PresentTimeline.read(node, tools)
            let missing = try await missing(timeline, backrest)
            let files = try timeline.files(through: segment)
            // The one that was under way when the server was asked is complete by now.
            let wanted = files.filter { missing.contains($0) || $0 == segment }
            try timeline.requireHere(Set(wanted))
            try await timeline.push(wanted, with: backrest)
        }
    }

    private func missing(_ timeline: PresentTimeline, _ backrest: PgBackRest) async throws -> Set<String> {
        let record = try Databases(home: tools.context.home).load(node.databaseID)
        return try await timeline.missing(
            from: backrest, repo: 1, systemIdentifier: record.nodes[node.name]?.systemIdentifier)
    }

    /// pgBackRest with a configuration for this book alone, in a private directory.
    private func backrest(_ directory: String) async throws -> PgBackRest {
        var node = node
        node.stanza = book.stanza
        let path = "\(directory)/pgbackrest.conf"
        try await tools.renderConfiguration(
            node, repositories: [book.repository], path: path, owner: (book.reference.databaseID, book.reference.node)
        ).write()
        return tools.backrest(node, configPath: path)
    }
}
