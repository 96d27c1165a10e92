import Foundation
import PositionedJSON
import TargetTime
import Testing

/// Writers on every node while something is done to some of them, and afterwards a count of what is different.
struct MeshRun: Sendable {
    let mesh: Mesh

    /// Clients of each node.
    static let clients = 2

    /// What of the other nodes' rows a node lacks, what it has too much, what is not the same, and what was acknowledged
    /// by anybody and is not there.
    struct Difference: Sendable, Equatable, CustomStringConvertible {
        var missing = 0
        var extra = 0
        var different = 0
        var acknowledgedAndAbsent = 0

        static let none = Difference()
        /// The nodes agree, whatever became of what was acknowledged.
        var agrees: Bool { missing + extra + different == 0 }
        var description: String {
            "\(missing) missing, \(extra) extra, \(different) different, \(acknowledgedAndAbsent) acknowledged but absent"
        }
    }

    struct Outcome: Sendable {
        /// Commits of each node while it was done.
        var commits: [String: Int] = [:]
        /// Of these, those between the start of step 1 and the end of step 8; none where no restore came to its end.
        var commitsInSteps: [String: Int] = [:]
        /// Seconds after the end until each node had committed as much as was asked for since the beginning.
        var secondsAfter: [String: Double] = [:]
        var rows: [String: Int] = [:]
        /// Of each node against the one that nothing was done to.
        var differences: [String: Difference] = [:]
    }

    /// Starts the writers, lets them commit, does `body`, waits until every node has committed `minimum` times since,
    /// and until nothing moves, and compares all with `reference`.
    func during(
        _ what: String, reference: String, minimum: Int = 20, _ body: () async throws -> Void
    ) async throws -> Outcome {
        let writers = try mesh.nodes.flatMap { node in
            try (1...Self.clients).map { _ in try MeshWriter(on: node, of: mesh) }
        }
        for writer in writers { try await writer.waitForCommits(20) }
        let started = Date().timeIntervalSince1970
        do {
            try await body()
        } catch {
            for writer in writers { try? await writer.stop() }
            throw error
        }
        let ended = Date().timeIntervalSince1970
        func commits(_ node: String, from start: Double, to end: Double) -> Int {
            writers.filter { $0.node.name == node }.reduce(0) { $0 + $1.count(from: start, to: end) }
        }
        var outcome = Outcome()
        for node in mesh.nodes.map(\.name) {
            while commits(node, from: started, to: .infinity) < minimum {
                guard Date().timeIntervalSince1970 - ended < 60 else {
                    throw FixtureError("\(what): \(node) has no \(minimum) commits in a minute")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            outcome.secondsAfter[node] = Date().timeIntervalSince1970 - ended
        }
        // Whoever was out of service is writing again.
        for writer in writers { try await writer.waitForCommits(20) }
        for writer in writers { try await writer.stop() }
        let steps = try stepTimes(since: started)
        for node in mesh.nodes.map(\.name) {
            outcome.commits[node] = commits(node, from: started, to: ended)
            outcome.commitsInSteps[node] = steps.map { commits(node, from: $0.start, to: $0.end) }
        }
        try await settle()
        try await compare(writers, reference: reference, &outcome)
        let numbers = mesh.nodes.map { node in
            "\(node.name): \(outcome.commits[node.name] ?? 0) commits meanwhile"
                + (outcome.commitsInSteps[node.name].map { ", \($0) of them from step 1 to step 8" } ?? "")
                + ", \(outcome.rows[node.name] ?? 0) rows, \(outcome.differences[node.name] ?? .none)"
        }
        print("\(what): " + numbers.joined(separator: "; "))
        return outcome
    }

    /// Waits until every slot has confirmed what its server holds, and no rows move any more.
    func settle() async throws {
        for node in mesh.nodes {
            let position = try await node.value("SELECT pg_current_wal_insert_lsn()")
            // What stands still, of a subscription that lost its way, must not hold the count up.
            try? await node.waitFor(
                "SELECT coalesce(bool_and(confirmed_flush_lsn >= '\(position)'), true) FROM pg_replication_slots "
                    + "WHERE slot_type = 'logical' AND active", toBe: "t", timeLimit: 30)
        }
    }

    /// Node → key → row; the row that all share has the key `shared`.
    func contents() async throws -> [String: [String: String]] {
        var found: [String: [String: String]] = [:]
        for node in mesh.nodes {
            var rows: [String: String] = [:]
            for table in mesh.tables {
                for row in try await node.query("SELECT id, t::text FROM \(table) t") { rows[row[0]] = row[1] }
            }
            if let shared = mesh.sharedTable {
                rows["shared"] = try await node.value("SELECT t::text FROM \(shared) t WHERE id = 1")
            }
            found[node.name] = rows
        }
        return found
    }

    private func compare(_ writers: [MeshWriter], reference: String, _ outcome: inout Outcome) async throws {
        let contents = try await contents()
        for node in mesh.nodes {
            var difference = Difference()
            let own = contents[node.name] ?? [:]
            let other = contents[reference] ?? [:]
            for (key, row) in other {
                if let mine = own[key] { difference.different += mine == row ? 0 : 1 } else { difference.missing += 1 }
            }
            difference.extra = own.keys.filter { other[$0] == nil }.count
            for writer in writers {
                difference.acknowledgedAndAbsent += writer.expectedKeys().filter { own[String($0)] == nil }.count
            }
            outcome.differences[node.name] = difference
            outcome.rows[node.name] = own.count
        }
    }

    /// Seconds since 1970 at which the restore that began after `moment` entered its first step and left its last one.
    private func stepTimes(since moment: Double) throws -> (start: Double, end: Double)? {
        let root = mesh.box.home + "/databases/\(mesh.shop.id)/restores"
        guard let newest = try? FileManager.default.contentsOfDirectory(atPath: root).sorted().last else { return nil }
        let steps = try JSONTree.parse(readText("\(root)/\(newest)/journal.json"))["steps"]
        func times(_ step: String, _ key: String) -> [Double] {
            (steps?[step]?.objectValue ?? [:]).values.compactMap { entry in
                entry[key]?.stringValue.flatMap { Instant.parse(iso8601: $0) }.map { Double($0.microseconds) / 1e6 }
            }
        }
        guard let start = times("remove-subscriptions", "startedAt").min(), start > moment,
            let end = times("recreate-subscriptions", "endedAt").max()
        else { return nil }
        return (start, end)
    }
}

extension MeshRun {
    /// A restore in which no row may be lost; the writers must have had something to lose. Those of nodes that are not
    /// restored commit `minimum` times between its first and its last step; a restored one is fenced then, and commits as
    /// much by the first moments after.
    func exactRestore(
        _ what: String, reference: String, _ arguments: String..., minimum: Int = 500
    ) async throws {
        let outcome = try await during(what, reference: reference, minimum: minimum) {
            let document = try await mesh.box.pgstanza(
                ["restore", mesh.shop.id] + arguments + ["--yes", "--json"], timeLimit: 300
            ).expect(exit: 0).json()
            let warnings = document["warnings"]?.arrayValue ?? []
            #expect(warnings.isEmpty, "\(what): \(warnings.map { $0.text(pretty: false) })")
        }
        for (node, difference) in outcome.differences { #expect(difference == .none, "\(what): \(node)") }
        let targets = zip(arguments, arguments.dropFirst()).filter { $0.0 == "--target-node" }.map(\.1)
        for node in mesh.nodes.map(\.name) {
            if targets.isEmpty || targets.contains(node) {
                let late = outcome.secondsAfter[node] ?? .infinity
                #expect(late < 10, "\(what): \(node) had its \(minimum) commits \(late) s after the restore")
            } else {
                let commits = outcome.commitsInSteps[node] ?? 0
                #expect(commits >= minimum, "\(what): \(node) has too few commits to prove anything")
            }
        }
    }
}
