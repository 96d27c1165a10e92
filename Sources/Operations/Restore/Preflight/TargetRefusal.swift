import TargetTime

/// Puts into words why no backup set can be taken to the target, and what can be done instead.
struct TargetRefusal {
    var problem: SetProblem
    var nodeCase: NodeCase

    var check: CheckResult {
        var hints: [String] = []
        if let nearest = nearest?.sentence { hints.append(nearest) }
        if let more = hint { hints.append(more) }
        return nodeCase.refused(name, detail, hint: hints.isEmpty ? nil : hints.joined(separator: "; "))
    }

    private var target: RestoreTarget { nodeCase.order.target }
    private var id: String { nodeCase.order.databaseID }
    private var firstBook: BookObservation? { nodeCase.node.books.first }

    private var nearest: NearestInstants? {
        guard case .time(let instant) = target else { return nil }
        return NearestInstants(
            around: instant, books: nodeCase.node.books,
            chooser: SetChooser(order: nodeCase.order, now: nodeCase.now))
    }

    private var name: CheckName {
        switch problem {
        case .book: .repository
        case .unknownSet: .setExists
        case .unknownTimeline, .setOffTimeline, .olderTimelineOnly, .foundOffTimeline: .timeline
        case .beforeOldest, .beforeSet, .duringBackup, .foundBeforeOldest: .backupSet
        case .future, .afterEnd, .beyondEnd, .notFound, .subtransaction: .target
        case .missingSegment: .archivedWAL
        }
    }

    private var place: String {
        guard let book = firstBook?.reference else { return "the source" }
        let isElsewhere = book.databaseID != nodeCase.order.databaseID
        return "repository \(book.repositoryName) of node \(book.node)" + (isElsewhere ? " of \(book.databaseID)" : "")
    }

    private var detail: String {
        switch problem {
        case .book(.noStanza): "\(place) holds no stanza: nobody ever wrote a backup there, or its path is wrong"
        case .book(.noBackups):
            nodeCase.node.books.isEmpty
                ? "node \(nodeCase.node.node) has no repository to restore from" : "\(place) holds no backup"
        case .book(.unreadable(let reason)): "\(place) cannot be read: \(reason)"
        case .unknownSet(let label): "there is no backup \(label) in \(places)"
        case .unknownTimeline(let text): "the archive in \(place) knows no timeline \(text)"
        case .setOffTimeline(let label, let origin, let followed):
            "backup \(label) was taken on timeline \(origin) and cannot be rolled forward along timeline \(followed)"
        case .future: "\(described) is in the future: it is \(nodeCase.now.iso8601) now"
        case .beforeOldest(let label, let stopped):
            "\(described) is before the oldest backup, \(label), was complete at \(stopped.iso8601)"
        case .beforeSet(let label, let stopped):
            "\(described) is before backup \(label) was complete at \(stopped.iso8601)"
        case .duringBackup(let label, let started, let stopped):
            "\(described) lies within backup \(label), which ran from \(started.iso8601) to \(stopped.iso8601)"
        case .afterEnd(let last): afterEnd(last)
        case .beyondEnd(let record):
            "\(described) is beyond the archived WAL"
                + (record.map { ", whose last record begins at \($0)" } ?? "")
        case .olderTimelineOnly(let timelines, let followed, let fork):
            "\(described) exists only on timeline \(list(timelines)); timeline \(followed), the newest, left it"
                + (fork.map { " after the commit of \($0.iso8601)" } ?? " before")
        case .missingSegment(let name, let last):
            "WAL segment \(name) is missing from the archive in \(place), and \(described) needs it"
                + (last.map { "; the last commit before the gap is of \($0.iso8601)" } ?? "")
        case .notFound(let extent): notFound(extent)
        case .subtransaction(let whole):
            "\(described) is a part of transaction \(whole), and recovery stops at whole transactions only"
        case .foundOffTimeline(let found, let followed):
            "\(described) was found on timeline \(found), which timeline \(followed) left before"
        case .foundBeforeOldest(let label):
            "\(described) was found in WAL from before the oldest backup, \(label), was complete"
        }
    }

    private var described: String {
        switch target {
        case .time(let instant): "the target time \(instant.iso8601)"
        default: target.described
        }
    }

    private var places: String {
        let names = nodeCase.node.books.map { "\($0.reference.repositoryName) of node \($0.reference.node)" }
        return names.isEmpty ? "any repository" : "repository " + names.joined(separator: ", ")
    }

    private func list(_ timelines: [UInt32]) -> String {
        timelines.sorted().map(String.init).joined(separator: ", ")
    }

    private func afterEnd(_ last: Instant?) -> String {
        let source = firstBook?.reference.node ?? "the source"
        let end = last.map { "the last archived commit is of \($0.iso8601)" } ?? "no commit was found in the archive"
        return "\(described) is after the end of the archived WAL: \(end), and the server of \(source) does not run "
            + "or does not archive there, so that it cannot be given a commit after the target"
    }

    private func notFound(_ extent: SearchExtent?) -> String {
        let searched = extent.map { " (\(Self.segments($0.segments)) searched, the newest first)" } ?? ""
        let bound = extent?.reachedBound == true ? "; the search ended at its bound, older WAL was not read" : ""
        return "\(described) is not in the archived WAL\(searched)\(bound)"
    }

    private static func segments(_ count: Int) -> String {
        count == 1 ? "1 segment was" : "\(count) segments were"
    }

    private var hint: String? {
        switch problem {
        case .book(.noStanza):
            "compare the repository's type, bucket and base_path, and the database and node it was written by"
        case .book(.noBackups): "take one: pgstanza backup \(id) --type full; or name another repository or source"
        case .book(.unreadable): "mend the access to the repository; nothing was changed"
        case .unknownSet, .beforeSet: "the backups there are: pgstanza backups \(id)"
        case .unknownTimeline: knownTimelines
        case .setOffTimeline(_, let origin, _): "to stay on its own timeline: --option target-timeline=\(origin)"
        case .olderTimelineOnly(let timelines, let followed, _):
            "name the timeline: --option target-timeline=\(timelines.max() ?? followed) for the data of that time, "
                + "target-timeline=\(followed) for what was kept of them"
        case .foundOffTimeline(let found, _): "name the timeline: --option target-timeline=\(found)"
        case .afterEnd, .beyondEnd: "--type default restores everything that is in the archive"
        case .missingSegment(_, let last): gapHint(last)
        case .subtransaction(let whole): "name the whole one: --target \(whole)"
        case .notFound(let extent):
            extent?.reachedBound == true
                ? "name a backup shortly before it with --set, so that the search begins there"
                : "see that it is written right; a time just before the event can be restored to as well"
        case .foundBeforeOldest, .beforeOldest:
            nearest?.after == nil ? "the backups there are: pgstanza backups \(id)" : nil
        case .duringBackup: "a backup can be rolled forward only from its end on"
        case .future: "for the latest state: --type default"
        }
    }

    private func gapHint(_ last: Instant?) -> String {
        guard let last else { return "bring the segment back into the archive, or name another backup with --set" }
        let target = Instant(microseconds: last.microseconds - 1).iso8601
        return "bring the segment back into the archive, or restore to before the gap: --type time --target \(target)"
    }

    private var knownTimelines: String? {
        let known = Set(nodeCase.node.books.flatMap(\.horizons).map(\.timeline))
        return known.isEmpty ? nil : "it has \(list(Array(known)))"
    }
}
