import Foundation
import PositionedJSON
import Testing

/// Writers on every node while something is done to some of them, and afterwards a count of what is different.
struct MeshRun: Sendable {
    let mesh: Mesh

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
        var commits: [String: Int] = [:]
        var rows: [String: Int] = [:]
        /// Of each node against the one that nothing was done to.
        var differences: [String: Difference] = [:]
    }

    /// Starts the writers, lets them commit, does `body`, waits until nothing moves and compares all with `reference`.
    func during(
        _ what: String, reference: String, minimum: Int = 500, _ body: () async throws -> Void
    ) async throws -> Outcome {
        let writers = try mesh.nodes.map { try MeshWriter(on: $0, of: mesh) }
        for writer in writers { try await writer.waitForCommits(20) }
        let before = writers.map { $0.acknowledged().count }
        do {
            try await body()
        } catch {
            for writer in writers { try? await writer.stop() }
            throw error
        }
        var outcome = Outcome()
        for (writer, before) in zip(writers, before) {
            outcome.commits[writer.node.name] = writer.acknowledged().count - before
        }
        // Whoever was out of service is writing again.
        for writer in writers { try await writer.waitForCommits(20) }
        for writer in writers { try await writer.stop() }
        try await settle()
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
        let numbers = mesh.nodes.map { node in
            "\(node.name): \(outcome.commits[node.name] ?? 0) commits meanwhile, \(outcome.rows[node.name] ?? 0) rows, "
                + "\(outcome.differences[node.name] ?? .none)"
        }
        print("\(what): " + numbers.joined(separator: "; "))
        return outcome
    }

    /// Waits until every slot has confirmed what its server holds, and no rows move any more.
    private func settle() async throws {
        for node in mesh.nodes {
            let position = try await node.value("SELECT pg_current_wal_insert_lsn()")
            // What stands still, of a subscription that lost its way, must not hold the count up.
            try? await node.waitFor(
                "SELECT coalesce(bool_and(confirmed_flush_lsn >= '\(position)'), true) FROM pg_replication_slots "
                    + "WHERE slot_type = 'logical' AND active", toBe: "t", timeLimit: 30)
        }
    }

    /// Node → key → row.
    private func contents() async throws -> [String: [String: String]] {
        var found: [String: [String: String]] = [:]
        for node in mesh.nodes {
            var rows: [String: String] = [:]
            for table in mesh.tables {
                for row in try await node.query("SELECT id, t::text FROM \(table) t") { rows[row[0]] = row[1] }
            }
            found[node.name] = rows
        }
        return found
    }
}

extension MeshRun {
    /// A restore in which no row may be lost; the living nodes' writers must have had something to lose.
    func exactRestore(
        _ what: String, reference: String, _ arguments: String..., minimum: Int = 500
    ) async throws {
        let outcome = try await during(what, reference: reference) {
            let document = try await mesh.box.pgstanza(
                ["restore", mesh.shop.id] + arguments + ["--yes", "--json"], timeLimit: 300
            ).expect(exit: 0).json()
            let warnings = document["warnings"]?.arrayValue ?? []
            #expect(warnings.isEmpty, "\(what): \(warnings.map { $0.text(pretty: false) })")
        }
        for (node, difference) in outcome.differences { #expect(difference == .none, "\(what): \(node)") }
        #expect(outcome.commits[reference] ?? 0 >= minimum, "\(what): too few commits to prove anything")
    }
}
