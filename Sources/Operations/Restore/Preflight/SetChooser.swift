import PgBackRest
import Postgres
import TargetTime

/// A backup set with the line of WAL that is replayed over it.
struct BackupSetLine: Sendable, Equatable {
    var backup: BackupSet
    var line: ArchiveLine

    /// How far the archive leads from this set on.
    var reach: ArchiveReach {
        let size = line.segmentSize
        guard let first = backup.walStart.flatMap({ WALSegmentName($0, segmentSize: size) }) else {
            return ArchiveReach()
        }
        return line.reach(from: first.number, on: first.timeline)
    }
}

/// Chooses the backup set for a target: the newest that was complete before it, on the way to the followed timeline.
///
/// pgBackRest chooses by itself only for times and positions, looks at no timeline, and for a name or a transaction
/// takes the newest set even if that is later than the target; so the set is always chosen here and named to it.
struct SetChooser: Sendable {
    var target: RestoreTarget
    var set: String?
    /// Decimal, `current` or `latest`; nil means the newest, with a question where that is ambiguous.
    var timeline: String?
    var now: Instant

    init(order: RestoreOrder, now: Instant) {
        target = order.target
        set = order.set
        timeline = order.targetTimeline
        self.now = now
    }

    /// The first book, in the order of preference, that has what is asked for.
    func choose(from books: [BookObservation]) -> Result<SetChoice, SetProblem> {
        if case .time(let instant) = target, instant > now { return .failure(.future) }
        var worst: SetProblem = .book(.noBackups)
        for (index, book) in books.enumerated() {
            switch choose(from: book) {
            case .success(let found):
                return .success(SetChoice(bookIndex: index, set: found.set, marker: found.marker))
            case .failure(let problem):
                // Without a target "the newest" would silently become older data when the newest book cannot be read.
                if isOpenEnded, set == nil, case .book(.unreadable) = problem { return .failure(problem) }
                if index == 0 || problem.weight > worst.weight { worst = problem }
            }
        }
        return .failure(worst)
    }

    private var isOpenEnded: Bool { target == .latest || target == .immediate }

    private typealias Found = (set: BackupSetLine, marker: String?)

    private func choose(from book: BookObservation) -> Result<Found, SetProblem> {
        if let problem = book.problem { return .failure(.book(problem)) }
        let ordered = book.backups.sorted { $0.stopped > $1.stopped }
        guard let oldest = ordered.last else { return .failure(.book(.noBackups)) }
        var candidates = ordered
        if let set {
            candidates = ordered.filter { $0.label == set }
            if candidates.isEmpty { return .failure(.unknownSet(set)) }
        }
        let before = candidates.filter { isBeforeTarget($0, in: book) }
        guard !before.isEmpty else { return .failure(nothingBefore(candidates, oldest: oldest, book: book)) }
        var offTimeline: SetProblem?
        for backup in before {
            switch line(for: backup, in: book) {
            case .failure(let problem): offTimeline = offTimeline ?? problem
            case .success(let line): return judge(BackupSetLine(backup: backup, line: line), in: book)
            }
        }
        return .failure(offTimeline ?? .book(.noBackups))
    }

    /// Whether the set was complete before the target. pgBackRest compares whole seconds, and wants an earlier one.
    private func isBeforeTarget(_ backup: BackupSet, in book: BookObservation) -> Bool {
        switch target {
        case .latest, .immediate: true
        case .time(let instant): backup.stopped < instant.wholeSecond
        case .lsn(let text): (LSN(text).map { backup.stopLSN <= $0 }) ?? false
        case .xid, .name: book.found.contains { backup.stopLSN <= $0.lsn }
        }
    }

    private func nothingBefore(
        _ candidates: [BackupSet], oldest: BackupSet, book: BookObservation
    ) -> SetProblem {
        if case .time(let instant) = target,
            let running = candidates.first(where: { $0.started <= instant && instant.wholeSecond <= $0.stopped })
        {
            return .duringBackup(label: running.label, started: running.started, stopped: running.stopped)
        }
        switch target {
        case .xid, .name:
            if let whole = book.subtransactionOf { return .subtransaction(of: whole) }
            if book.found.isEmpty { return .notFound(book.search) }
            if set == nil { return .foundBeforeOldest(label: oldest.label) }
        default: break
        }
        if set != nil, let named = candidates.first {
            return .beforeSet(label: named.label, stopped: named.stopped)
        }
        return .beforeOldest(label: oldest.label, stopped: oldest.stopped)
    }

    /// The line to follow from this set, or why there is none.
    private func line(for backup: BackupSet, in book: BookObservation) -> Result<ArchiveLine, SetProblem> {
        let horizons = book.horizons(of: backup)
        let newest = horizons.map(\.timeline).max() ?? backup.origin
        let followed: UInt32
        switch timeline {
        case nil, "latest": followed = max(newest, backup.origin)
        case "current": followed = backup.origin
        case let text?:
            guard let number = UInt32(text),
                number == backup.origin || horizons.contains(where: { $0.timeline == number })
            else { return .failure(.unknownTimeline(text)) }
            followed = number
        }
        let known = horizons.isEmpty ? [ArchiveHorizon.empty(of: backup, in: book)] : horizons
        guard let line = ArchiveLine(to: followed, among: known, segmentSize: book.segmentSize) else {
            return .failure(.unknownTimeline(String(followed)))
        }
        guard line.passes(origin: backup.origin, lsn: backup.stopLSN) else {
            if timeline == nil, set == nil {
                return .failure(
                    .olderTimelineOnly(timelines: [backup.origin], followed: followed, forkedAt: line.forkInstant))
            }
            return .failure(.setOffTimeline(label: backup.label, origin: backup.origin, followed: followed))
        }
        return .success(line)
    }

    private func judge(_ candidate: BackupSetLine, in book: BookObservation) -> Result<Found, SetProblem> {
        let reach = candidate.reach
        if let gap = gapBeforeStop(candidate, reach, book) { return .failure(gap) }
        switch target {
        case .immediate: return .success((candidate, nil))
        case .latest:
            if let missing = reach.missing { return .failure(missingSegment(missing, reach)) }
            return .success((candidate, writer(of: book, for: candidate)?.node))
        case .time(let instant): return judgeTime(instant, candidate, reach, book)
        case .lsn(let text): return judgeLSN(LSN(text) ?? LSN(bytes: .max), candidate, reach, book)
        case .xid, .name: return judgeFound(candidate, reach, book)
        }
    }

    /// A set is of no use without the WAL that was written while it was taken.
    private func gapBeforeStop(
        _ candidate: BackupSetLine, _ reach: ArchiveReach, _ book: BookObservation
    ) -> SetProblem? {
        guard let missing = reach.missing,
            let stop = candidate.backup.walStop.flatMap({ WALSegmentName($0, segmentSize: book.segmentSize) }),
            missing.number <= stop.number
        else { return nil }
        return .missingSegment(name: missing.text, lastCommit: nil)
    }

    private func judgeTime(
        _ instant: Instant, _ candidate: BackupSetLine, _ reach: ArchiveReach, _ book: BookObservation
    ) -> Result<Found, SetProblem> {
        let followed = candidate.line.timeline
        if timeline == nil, let fork = lostFork(instant, candidate) {
            return .failure(
                .olderTimelineOnly(
                    timelines: [fork.parent], followed: followed, forkedAt: fork.lastCommitBefore))
        }
        if let last = reach.lastCommit, instant < last { return .success((candidate, nil)) }
        if let missing = reach.missing { return .failure(missingSegment(missing, reach)) }
        if timeline == nil {
            let elsewhere = book.horizons(of: candidate.backup).filter { horizon in
                horizon.timeline != followed && horizon.runs.contains { $0.lastCommit.map { $0 > instant } ?? false }
            }
            if !elsewhere.isEmpty, writer(of: book, for: candidate) == nil {
                return .failure(
                    .olderTimelineOnly(
                        timelines: elsewhere.map(\.timeline), followed: followed,
                        forkedAt: candidate.line.forkInstant))
            }
        }
        if let writer = writer(of: book, for: candidate) { return .success((candidate, writer.node)) }
        return .failure(.afterEnd(lastCommit: reach.lastCommit))
    }

    /// The fork behind which the target's data were left: the parent had gone on by then, the child had not begun.
    private func lostFork(_ instant: Instant, _ candidate: BackupSetLine) -> TimelineFork? {
        candidate.line.forks(after: candidate.backup.origin).first { fork, child in
            guard let parentWentOn = fork.nextCommitOnParent, parentWentOn <= instant else { return false }
            guard let childBegan = child.runs.lazy.compactMap(\.firstCommit).first else { return true }
            return instant < childBegan
        }?.fork
    }

    private func judgeLSN(
        _ lsn: LSN, _ candidate: BackupSetLine, _ reach: ArchiveReach, _ book: BookObservation
    ) -> Result<Found, SetProblem> {
        if let missing = reach.missing, lsn.bytes / book.segmentSize >= missing.number {
            return .failure(missingSegment(missing, reach))
        }
        if reach.missing != nil { return .success((candidate, nil)) }
        if let last = reach.lastRecord, lsn <= last { return .success((candidate, nil)) }
        if let writer = writer(of: book, for: candidate), lsn <= writer.currentLSN {
            return .success((candidate, writer.node))
        }
        let segment = lsn.bytes / book.segmentSize
        let elsewhere = book.horizons(of: candidate.backup).filter { horizon in
            horizon.timeline != candidate.line.timeline && horizon.runs.contains { $0.last >= segment }
        }
        if timeline == nil, !elsewhere.isEmpty {
            return .failure(
                .olderTimelineOnly(
                    timelines: elsewhere.map(\.timeline), followed: candidate.line.timeline,
                    forkedAt: candidate.line.forkInstant))
        }
        return .failure(.beyondEnd(lastRecord: reach.lastRecord))
    }

    private func judgeFound(
        _ candidate: BackupSetLine, _ reach: ArchiveReach, _ book: BookObservation
    ) -> Result<Found, SetProblem> {
        let onLine = book.found.filter {
            candidate.line.passes(origin: $0.timeline, lsn: $0.lsn) && candidate.backup.stopLSN <= $0.lsn
        }
        guard let found = onLine.first else {
            guard let elsewhere = book.found.first else { return .failure(.notFound(book.search)) }
            return .failure(.foundOffTimeline(found: elsewhere.timeline, followed: candidate.line.timeline))
        }
        if let missing = reach.missing, found.lsn.bytes / book.segmentSize >= missing.number {
            return .failure(missingSegment(missing, reach))
        }
        return .success((candidate, found.isArchived ? nil : writer(of: book, for: candidate)?.node))
    }

    private func missingSegment(
        _ segment: WALSegmentName, _ reach: ArchiveReach
    ) -> SetProblem {
        .missingSegment(name: segment.text, lastCommit: reach.lastCommit)
    }

    /// The running server that can be given a commit after the target: it writes this book, at the end of this line.
    private func writer(of book: BookObservation, for candidate: BackupSetLine) -> BookWriter? {
        guard let writer = book.writer, writer.timeline == candidate.line.timeline else { return nil }
        return writer
    }
}

extension ArchiveLine {
    /// The last instant that the followed timeline shares with its parent.
    var forkInstant: Instant? { horizons[horizons.count - 1].fork?.lastCommitBefore }
}

extension ArchiveHorizon {
    /// Stands for an archive of which nothing is known but that this set was taken.
    static func empty(of backup: BackupSet, in book: BookObservation) -> ArchiveHorizon {
        ArchiveHorizon(archiveID: book.archiveID(of: backup), timeline: backup.origin, runs: [])
    }
}

extension BackupSet {
    /// Where the backup is consistent.
    var stopLSN: LSN { LSN(bytes: lsnStop?.bytes ?? 0) }

    /// The timeline it was taken on; a backup of a server that was down names none.
    var origin: UInt32 { timeline ?? 1 }
}

extension Instant {
    /// The second that this instant lies in, at its beginning.
    var wholeSecond: Instant {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Instant(seconds: remainder < 0 ? quotient - 1 : quotient)
    }
}
