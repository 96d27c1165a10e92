import TargetTime

/// What is lost by the restore: commits that no archive has, and the way back.
enum LossChecks {
    static func walLoss(_ c: NodeCase) -> [CheckResult] {
        guard let chosen = c.chosen else { return [] }
        var checks: [CheckResult] = []
        if case .success(let choice) = c.choice, choice.bookIndex > 0, c.order.target == .latest, c.order.set == nil {
            let first = c.node.books[0].reference
            checks.append(
                c.consent(
                    .walLoss, .walLoss,
                    "repository \(first.repositoryName) of node \(first.node) has no backup, so everything that was "
                        + "written there is lost: the newest state that can be restored is that of repository "
                        + "\(chosen.book.reference.repositoryName)"))
        }
        if c.isOwnBackup, let left = c.node.unarchivedWAL { checks.append(leftover(left, chosen.set, c)) }
        return checks.isEmpty
            ? [c.passed(.walLoss, "no commit that was acknowledged is missing from the archive")] : checks
    }

    /// WAL in the directory of a dead node: what can be saved is saved first.
    private static func leftover(_ left: UnarchivedWAL, _ set: BackupSetLine, _ c: NodeCase) -> CheckResult {
        guard let loss = left.loss else {
            let count = left.segments.count
            if count == 0 { return c.passed(.walLoss, "all WAL of the node is in its archive") }
            return c.passed(
                .walLoss, "\(count) WAL segment\(count == 1 ? "" : "s") left in pg_wal will be archived first")
        }
        let last =
            "; the last commit in the archive is "
            + (set.reach.lastCommit.map { "of \($0.iso8601)" }
                ?? "one before the end of backup \(set.backup.label) at \(set.backup.stopped.iso8601)")
        // What comes after an earlier target would have been undone in any case.
        guard c.order.target == .latest else {
            return c.warning(.walLoss, "\(loss)\(last); the target is earlier than what is lost")
        }
        let replicas = c.node.replicas.filter(\.isRunning).map(\.hostID)
        let kept =
            replicas.isEmpty
            ? "" : "; the replica on \(replicas.joined(separator: ", ")) may hold it, and is built anew by the restore"
        return c.consent(.walLoss, .walLoss, loss + last + kept)
    }

    static func wayBack(_ c: NodeCase) -> [CheckResult] {
        guard c.node.server != nil || c.hasReadableCluster else {
            return [c.passed(.wayBack, "there is no present state to come back to")]
        }
        guard let problem = c.node.archivingProblem else {
            return [c.passed(.wayBack, "the present state is archived first, up to a restore point")]
        }
        if let book = c.node.closedBook, book.problem == nil {
            return [
                c.passed(
                    .wayBack,
                    "the present state is put into repository \(book.repositoryName) first, up to a restore point")
            ]
        }
        if c.node.backups == "off", c.node.hasUndoPoint {
            if c.node.isFencedSinceUndoPoint {
                return [
                    c.passed(
                        .wayBack,
                        "nobody could write since the unfinished restore began; the state before it is in the archive")
                ]
            }
            return [
                c.consent(
                    .noWayBack, .wayBack,
                    "what was written since the last restore is in no archive and cannot be brought back"
                        + (c.node.closedBook?.problem.map { " (\($0))" } ?? "")
                        + "; the state before that restore stays in its archive",
                    hint: "turn backups on first: pgstanza db update \(c.order.databaseID); or, if that is meant: "
                        + "--consent \(ConsentName.noWayBack.rawValue)")
            ]
        }
        // A server that is down leaves its WAL to be looked at by the check of what is lost.
        guard c.node.server != nil else {
            return [c.warning(.wayBack, "the server is down, so no point to come back to can be made: \(problem)")]
        }
        return [c.consent(.noWayBack, .wayBack, "the present state cannot be brought back afterwards: \(problem)")]
    }
}
