import PgBackRest
import TargetTime

/// The repository, the backup set and the target: whether what was asked for can be reached.
enum SourceChecks {
    /// One result for each thing that must hold when a set was found, or the one refusal that says why none was.
    static func target(_ c: NodeCase) -> [CheckResult] {
        switch c.choice {
        case .success: reached(c)
        case .failure(let problem): [TargetRefusal(problem: problem, nodeCase: c).check]
        }
    }

    private static func reached(_ c: NodeCase) -> [CheckResult] {
        guard let chosen = c.chosen else { return [] }
        let set = chosen.set.backup
        let book = chosen.book.reference
        var checks = unreadBooks(c)
        checks += [
            c.passed(.repository, "repository \(book.repositoryName) of node \(book.node) can be read"),
            c.passed(.backupSet, "backup \(set.label) (\(set.type.rawValue)), complete at \(set.stopped.iso8601)"),
            c.passed(.timeline, "timeline \(chosen.set.line.timeline) is followed"),
        ]
        if let marker = chosen.marker {
            checks.append(
                c.passed(
                    .target,
                    "\(c.order.target.described); node \(marker) is given a commit after it, so that recovery can see "
                        + "that it is reached"))
        } else {
            let isOpenEnded = c.order.target == .latest
            checks.append(
                c.passed(.target, c.order.target.described + (isOpenEnded ? "" : " lies within what can be replayed")))
        }
        checks.append(c.passed(.archivedWAL, "no segment is missing between the backup and the target"))
        checks += pageErrors(c, set)
        checks += retention(c, chosen.book, set)
        return checks
    }

    /// Books of higher preference that could not be read: the set comes from a later one.
    private static func unreadBooks(_ c: NodeCase) -> [CheckResult] {
        guard case .success(let choice) = c.choice else { return [] }
        return c.node.books[..<choice.bookIndex].compactMap { book in
            guard case .unreadable(let reason) = book.problem else { return nil }
            return c.warning(
                .repository,
                "repository \(book.reference.repositoryName) of node \(book.reference.node) was passed over: \(reason)")
        }
    }

    private static func pageErrors(_ c: NodeCase, _ set: BackupSet) -> [CheckResult] {
        guard set.hasErrors == true else { return [] }
        return [
            c.warning(
                .backupSet, "backup \(set.label) was taken of a cluster with page checksum errors",
                hint: "look for an older one in `pgstanza backups \(c.order.databaseID)` and name it with --set")
        ]
    }

    private static func retention(_ c: NodeCase, _ book: BookObservation, _ set: BackupSet) -> [CheckResult] {
        guard Expiry.isNext(set, in: book.backups, retention: book.retention, now: c.now) else {
            return [c.passed(.retention, "backup \(set.label) is not the next to expire")]
        }
        return [
            c.warning(
                .retention, "backup \(set.label) is the next that retention takes away",
                hint: "raise retention_full before the next backup if you may want to restore from it again")
        ]
    }
}

/// Which backup sets retention takes away next.
enum Expiry {
    /// Whether the next full backup, or the next day, makes `set` expire together with its full backup.
    ///
    /// By number, the oldest full goes when another one is made and the number is reached. By days, a full goes when
    /// a later one is itself as old as that (pgBackRest, `repo-retention-full-type`).
    static func isNext(_ set: BackupSet, in backups: [BackupSet], retention: Retention?, now: Instant) -> Bool {
        let fulls = backups.filter { $0.type == .full }.sorted { $0.stopped < $1.stopped }
        guard let retention, let oldest = fulls.first, fullLabel(of: set) == oldest.label else { return false }
        switch retention {
        case .fulls(let count): return fulls.count >= count
        case .days(let days):
            guard fulls.count > 1 else { return false }
            return now.seconds(since: fulls[1].stopped) >= Double(days - 1) * 86400
        }
    }

    /// A label begins with that of the full backup it rests on: `20261121-014319F_20261121-020000D`.
    private static func fullLabel(of set: BackupSet) -> String {
        String(set.label.prefix { $0 != "_" })
    }
}
