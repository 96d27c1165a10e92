import Catalog
import Failures
import PgBackRest

/// Goes on in the repositories from before a restore, when the DBA says so.
///
/// Only where that is sound: the cluster is the one whose stanza it is, and its new timeline is whole in the archive,
/// from its history file and its first segment on. WAL that was written while nothing was archived is pushed from
/// `pg_wal`, as long as it is still there.
struct SameBook {
    var node: NodePlacement
    var tools: NodeTools

    private var backrest: PgBackRest { tools.backrest(node, .backup) }

    /// Returns the id of the first repository. Throws `other-identity`, `other-timeline` or `timeline-incomplete` (73)
    /// before anything is changed.
    func open() async throws -> String {
        let record = try Databases(home: tools.context.home).load(node.databaseID)
        let repositories = node.spec.backupConfig?.repositories ?? []
        guard record.nodes[node.name]?.isOpeningBook != true else {
            throw OperationError(
                .refused, code: "book-begun", "a new repository was already accepted for \(node.name)",
                hint: "go on with it: pgstanza db update \(node.databaseID)")
        }
        let timeline = try await PresentTimeline.read(node, tools)
        var missing: Set<String> = []
        for number in 1...max(repositories.count, 1) {
            missing.formUnion(
                try await timeline.missing(
                    from: backrest, repo: number, systemIdentifier: record.nodes[node.name]?.systemIdentifier))
        }
        try timeline.requireHere(missing)
        tools.say(node, "archiving what was written since the restore")
        try await timeline.push(missing.sorted(), with: backrest)
        let backups = BackupsOn(node: node, tools: tools)
        try await backups.turnArchivingOn()
        tools.say(node, "proving that WAL arrives")
        _ = try await Archiving.prove(node, tools, repositories: repositories.count)
        try await backrest.check()
        try await backups.takeFirst(repositories: repositories.count)
        try backups.remember()
        return repositories.first.map { $0.id ?? $0.kind.typeName } ?? ""
    }
}
