import Foundation
import PositionedJSON
import Testing

/// All that a restore leaves behind besides rows, to be compared with what an undisturbed one leaves: by section, lines.
struct EndState: Sendable {
    private(set) var sections: [String: [String]] = [:]

    /// What is not as it is in the other one.
    func differences(from other: EndState) -> [String] {
        Set(sections.keys).union(other.sections.keys).sorted().flatMap { name -> [String] in
            let (mine, theirs) = (sections[name] ?? [], other.sections[name] ?? [])
            guard mine != theirs else { return [] }
            let extra = mine.filter { !theirs.contains($0) }, missing = theirs.filter { !mine.contains($0) }
            return ["\(name): extra \(extra), missing \(missing), \(mine.count) for \(theirs.count)"]
        }
    }

    /// Observes the node n1 with its replica, and its peer n2. Nobody may be writing.
    static func observe(_ mesh: Mesh, replica: Instance) async throws -> EndState {
        var state = EndState()
        let box = mesh.box
        let (one, two) = (try mesh.node("n1"), try mesh.node("n2"))
        for (node, senders) in [(one, "2"), (two, "1")] {
            try await node.waitFor(
                "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", toBe: senders)
            try await node.waitFor("SELECT bool_and(active) FROM pg_replication_slots", toBe: "t")
            try await node.waitFor(
                "SELECT bool_and(status = 'replicating') FROM pglogical.show_subscription_status()", toBe: "t")
        }
        for (name, node) in [("n1", one), ("n2", two), ("replica", replica)] {
            if !node.isReplica {
                state.sections["subscriptions of \(name)"] = try await mesh.catalogs(node).map {
                    $0.joined(separator: "|")
                }
            }
            state.sections["slots of \(name)"] = try await lines(
                node,
                "SELECT slot_name, plugin, slot_type, database, temporary, active FROM pg_replication_slots ORDER BY 1")
            state.sections["origins of \(name)"] = try await lines(
                node, "SELECT roname FROM pg_replication_origin ORDER BY 1")
            state.sections["roles of \(name)"] = try await lines(
                node, "SELECT rolname, rolsuper, rolreplication FROM pg_roles ORDER BY 1")
            for file in FaultBench.ownFiles {
                state.sections["\(file) of \(name)"] = readText(node.dataDirectory + "/" + file).components(
                    separatedBy: "\n")
            }
            state.sections["directory of \(name)"] = names(in: node.dataDirectory)
            state.sections["beside the directory of \(name)"] = names(
                in: URL(fileURLWithPath: node.dataDirectory).deletingLastPathComponent().path)
        }
        state.sections["home"] = homeFiles(box)
        state.sections["processes"] = box.processes().map(\.program).filter { $0 != "postgres" && $0 != "pgbackrest" }
        state.sections["running"] = try [one, two, replica].map { node in
            let server = try #require(node.postmasterPID.flatMap { SandboxProcess($0) })
            return "\(node.dataDirectory) \(server.program)"
        }
        state.sections["pgbackrest"] = box.processes().filter {
            $0.program == "pgbackrest" && $0.arguments.contains { $0.hasPrefix("restore") }
        }.map { "\($0.arguments)" }
        return state
    }

    private static func lines(_ node: Instance, _ sql: String) async throws -> [String] {
        try await node.query(sql).map { $0.joined(separator: "|") }
    }

    private static func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    /// What is in the home besides the books that grow: restores, tasks, logs, and what the servers keep.
    private static func homeFiles(_ box: Sandbox) -> [String] {
        let all = (FileManager.default.enumerator(atPath: box.home)?.compactMap { $0 as? String } ?? []).sorted()
        return all.filter { path in
            if path.hasSuffix(".tmp") || path.hasSuffix(".partial") { return true }
            let parts = path.split(separator: "/")
            return !parts.contains { ["restores", "tasks", "log", "spool", "lock", "locks", "run"].contains($0) }
                && !parts.contains { $0.hasPrefix("pgdata") }
        }
    }
}
