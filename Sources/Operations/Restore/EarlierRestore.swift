import Catalog
import Failures
import TargetTime

/// The newest restore of a database, read from its directory.
struct EarlierRestore {
    var directory: String
    var plan: RestorePlan
    var journal: RestoreJournal

    /// nil when there is none. A directory without a journal and without anything of a node in it was never begun and
    /// is passed over.
    ///
    /// Throws `journal-damaged` (73) when it cannot be read: what a restore left behind is not guessed at.
    static func find(_ id: String, home: Home) throws -> EarlierRestore? {
        let root = home.restoresDir(id)
        for name in try Restores(home: home, database: id).ids().reversed() {
            let directory = "\(root)/\(name)"
            guard Directories.exists("\(directory)/journal.json") else {
                let isBegun = try Directory.names(in: directory).contains {
                    Directory.isDirectory("\(directory)/\($0)")
                }
                if isBegun { throw damaged(directory, "journal.json is gone") }
                continue
            }
            return try read(directory)
        }
        return nil
    }

    private static func read(_ directory: String) throws -> EarlierRestore {
        do {
            let journal = try SealedDocument.read(RestoreJournal.self, from: "\(directory)/journal.json")
            guard journal.format == RestoreJournal.currentFormat else {
                throw damaged(directory, "its format \(journal.format) is not known")
            }
            let plan = try SealedDocument.read(RestorePlan.self, from: "\(directory)/plan.json")
            guard plan.fingerprint == journal.fingerprint, plan.nodeNames == journal.nodes,
                plan.order.databaseID == journal.database, directory.hasSuffix("/\(journal.id)")
            else {
                throw damaged(directory, "plan and journal do not belong together")
            }
            return EarlierRestore(directory: directory, plan: plan, journal: journal)
        } catch let error as OperationError {
            throw error
        } catch {
            throw damaged(directory, (error as? any Failure)?.message ?? "\(error)")
        }
    }

    /// The restores that were begun, the newest first, until `isWanted` picks one; nil when it picks none.
    ///
    /// Throws `journal-damaged` (73) for one on the way that cannot be read.
    private static func newest(
        _ id: String, home: Home, where isWanted: (EarlierRestore) -> Bool
    ) throws -> EarlierRestore? {
        let root = home.restoresDir(id)
        for name in try Restores(home: home, database: id).ids().reversed()
        where Directories.exists("\(root)/\(name)/journal.json") {
            let restore = try read("\(root)/\(name)")
            if isWanted(restore) { return restore }
        }
        return nil
    }

    /// The restore of this id when it came to its end; nil when it did not.
    static func done(_ restore: String, of id: String, home: Home) throws -> EarlierRestore? {
        let found = try newest(id, home: home) { $0.journal.id == restore }
        return found?.journal.state == .done ? found : nil
    }

    /// The restore that an undo takes back: the newest that was not backed out of.
    ///
    /// Throws `nothing-to-undo` (66) when there is none.
    static func toUndo(_ id: String, home: Home) throws -> EarlierRestore {
        if let found = try newest(id, home: home, where: { $0.journal.state != .aborted }) { return found }
        throw OperationError(
            .notFound, code: "nothing-to-undo", "no restore of \(id) is there to be undone",
            hint: "see what could be restored: pgstanza backups \(id)")
    }

    /// The newest restore, which must be unfinished; throws `nothing-under-way` (66) otherwise.
    static func require(_ id: String, home: Home, toBe verb: String) throws -> EarlierRestore {
        guard let earlier = try find(id, home: home) else {
            throw OperationError(
                .notFound, code: "nothing-under-way",
                "no restore of \(id) is under way, so there is nothing to be \(verb)",
                hint: "start one: pgstanza restore \(id) --plan")
        }
        // A replica that could not be rebuilt, or backups that could not be turned on, can be tried again.
        guard ![.done, .aborted].contains(earlier.journal.state) || (verb == "resumed" && earlier.hasLeftovers) else {
            throw OperationError(
                .notFound, code: "nothing-under-way",
                "the last restore of \(id), \(earlier.journal.id), is \(earlier.journal.state.rawValue): "
                    + "there is nothing to be \(verb)",
                hint: "see it: pgstanza restore status \(id)")
        }
        return earlier
    }

    private var hasLeftovers: Bool {
        journal.state == .done && journal.steps.values.contains { $0.values.contains { $0.state == .warning } }
    }

    /// Throws `restore-unfinished` (73) when the newest restore has neither ended nor been backed out of.
    static func requireNoneUnfinished(_ id: String, home: Home) throws {
        guard let earlier = try find(id, home: home), ![.done, .aborted].contains(earlier.journal.state) else { return }
        throw OperationError(
            .refused, code: "restore-unfinished", "restore \(earlier.journal.id) of \(id) is not finished",
            hint: "go on with it first: pgstanza restore resume \(id)")
    }

    /// A new restore may follow one that already touched files; one that did not is backed out of or finished first.
    ///
    /// The new one must have every node that the unfinished one left out of service, since only the newest restore of
    /// a database can be resumed.
    func requireReplaceable(by nodes: [String]) throws {
        guard ![.done, .aborted].contains(journal.state) else { return }
        guard !journal.filesTouched else {
            let left = journal.nodes.filter { !nodes.contains($0) && journal.facts[$0]?.savedConfiguration != nil }
            guard !left.isEmpty else { return }
            throw OperationError(
                .refused, code: "restore-unfinished",
                "restore \(journal.id) of \(journal.database) is not finished on \(left.joined(separator: ", "))",
                hint: "go on with it first (pgstanza restore resume \(journal.database)), "
                    + "or restore \(journal.nodes.joined(separator: ", ")) together")
        }
        throw OperationError(
            .refused, code: "restore-unfinished",
            "restore \(journal.id) of \(journal.database) is not finished, and no file of it was touched yet",
            hint: "go on with it (pgstanza restore resume \(journal.database)) "
                + "or back out (pgstanza restore abort \(journal.database))")
    }

    /// Whether it is unfinished, has made a point to come back to, and has not begun to let others in again.
    func hasFenced(_ node: String) -> Bool {
        ![.done, .aborted].contains(journal.state) && journal.facts[node]?.undo != nil
            && (journal.steps[.recreateSubscriptions]?[node]?.state ?? .pending) == .pending
    }

    /// Whether nodes that it makes can be taken back as if they had never been: once their peers begin to subscribe to
    /// them they are nodes like the others, and only go on.
    var canBeTakenBack: Bool { journal.currentStep.map { $0 != .recreateSubscriptions } ?? false }

    func requireUntouched() throws {
        guard journal.filesTouched else { return }
        let undo = journal.nodes.compactMap { node in
            journal.facts[node]?.undo.map { "\(node): \($0.target.described), timeline \($0.timeline)" }
        }
        throw OperationError(
            .refused, code: "too-late-to-abort",
            "restore \(journal.id) of \(journal.database) has begun to write files, so it can only go on",
            hint: "pgstanza restore resume \(journal.database)"
                + (undo.isEmpty
                    ? ""
                    : "; back to the state before it: pgstanza restore undo \(journal.database) "
                        + "(\(undo.joined(separator: "; ")))"))
    }

    /// Whether the process that drives it is alive.
    func isAtWork(_ home: Home) throws -> Bool {
        guard let task = journal.task else { return false }
        return (try? Tasks(home: home).load(task))?.state == .running
    }

    func markSuperseded(now: Instant) throws {
        var journal = journal
        journal.state = .failed
        journal.endedAt = journal.endedAt ?? now
        try SealedDocument.write(journal, to: "\(directory)/journal.json")
    }

    private static func damaged(_ directory: String, _ reason: String) -> OperationError {
        OperationError(
            .refused, code: "journal-damaged", "the journal of a restore in \(directory) cannot be used: \(reason)",
            hint: "the node's own configuration files are in the conf directories below it: put pg_hba.conf back where "
                + "it is a fence, look at the data directory and the server's log; when the node is as it should be, "
                + "move \(directory) away")
    }
}
