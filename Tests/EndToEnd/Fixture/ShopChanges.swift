import Foundation
import PositionedJSON

extension Sandbox {
    /// Nodes `n1` and `n3` on one host, each a cluster of its own with other rows and settings; `n1` has a replica.
    ///
    /// `n1` has rows `1 first` to `100 one`, `n3` has `1 first` to `300 three`.
    func createPair() async throws -> Shop {
        let shop = try await createShop(nodes: 2, replicas: 1) { draft in
            let port = draft["spec"]?["nodes"]?[1]?["orchestrator_opts"]?["local"]?["instances"]?["host-3"] ?? .null
            draft = draft.replacing("spec", "nodes", 1, "name", with: .string("n3"))
                .replacing("spec", "nodes", 1, "host_ids", with: .array([.string("host-3")]))
                .replacing(
                    "spec", "nodes", 1, "orchestrator_opts", "local", "instances", with: .object(["host-3": port])
                )
                .replacing("spec", "nodes", 0, "postgresql_conf", with: .object(["work_mem": .string("5MB")]))
                .replacing("spec", "nodes", 1, "postgresql_conf", with: .object(["work_mem": .string("6MB")]))
                .replacing(
                    "spec", "nodes", 0, "pg_hba_conf", with: .array([.string("host all one 192.0.2.1/32 reject")])
                )
                .replacing("spec", "nodes", 0, "pg_ident_conf", with: .array([.string("ones somebody one")]))
        }
        for (name, last, word) in [("n1", 100, "one"), ("n3", 300, "three")] {
            let node = try shop.primary(name)
            try await node.query("INSERT INTO t SELECT i, '\(word)' FROM generate_series(2, \(last)) i")
            try await node.query("ALTER SYSTEM SET maintenance_work_mem = '\(name == "n1" ? 11 : 33)MB'")
            try await node.query("SELECT pg_reload_conf()")
        }
        return shop
    }
}

extension Shop {
    /// Stops a node, moves its `pg_wal` to another directory with a link in its place, and starts it again.
    ///
    /// Returns where it is now.
    func linkWAL(of node: String) async throws -> String {
        let primary = try primary(node)
        let target = box.path + "/wal-\(node)"
        try await box.pgstanza("db", "stop", id, node).expect(exit: 0)
        try await box.run(["mv", primary.dataDirectory + "/pg_wal", target]).expect(exit: 0)
        try await box.run(["ln", "-s", target, primary.dataDirectory + "/pg_wal"]).expect(exit: 0)
        try await box.pgstanza("db", "start", id, node).expect(exit: 0)
        return target
    }

    /// Makes a tablespace on a node with a table `far` of this many rows in it. Returns its directory.
    func addTablespace(_ name: String, on node: String, rows: Int) async throws -> String {
        let directory = box.path + "/space-\(node)"
        try await box.run(["install", "-d", "-m", "700", directory]).expect(exit: 0)
        let primary = try primary(node)
        try await primary.query("CREATE TABLESPACE \(name) LOCATION '\(directory)'")
        try await primary.query(
            "CREATE TABLE far TABLESPACE \(name) AS SELECT i, '\(node)' AS x FROM generate_series(1, \(rows)) i")
        return directory
    }

    /// Ends the current WAL segment and waits until it is archived: every commit so far is in the repository then.
    func archiveAll(_ node: String = "n1") async throws {
        let primary = try primary(node)
        // A segment in which nothing was written yet is not ended: what is to be archived is the one before it then.
        let segment = try await primary.value("SELECT pg_walfile_name(pg_switch_wal() - 1)")
        try await primary.waitFor("SELECT last_archived_wal >= '\(segment)' FROM pg_stat_archiver", toBe: "t")
    }

    /// The accepted spec and what is remembered of the nodes.
    func record() throws -> JSONTree { try JSONTree.parse(box.read(box.home + "/databases/\(id)/database.json")) }

    /// What pgBackRest itself says of the repository that a node writes.
    func info(_ node: String = "n1") async throws -> JSONTree {
        let configuration = box.home + "/databases/\(id)/\(node)/pgbackrest.backup.conf"
        let result = try await box.run([
            "pgbackrest", "--config=\(configuration)", "--stanza=db", "--log-level-console=off", "info",
            "--output=json",
        ])
        return try result.expect(exit: 0).json()[0] ?? .null
    }
}

extension Instance {
    /// The configuration files that are the node's own, by name.
    var ownFiles: [String: String] {
        let names = ["postgresql.conf", "pg_hba.conf", "pg_ident.conf", "postgresql.auto.conf"]
        return Dictionary(uniqueKeysWithValues: names.map { ($0, readText("\(dataDirectory)/\($0)")) })
    }

    /// Kills the server as a crash of the machine would, and waits until all of its processes are gone.
    func crash() async throws {
        guard let pid = postmasterPID else { throw FixtureError("no postmaster.pid in \(dataDirectory)") }
        let children = readText("/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }
        for process in [pid] + children { kill(process, SIGKILL) }
        for process in [pid] + children {
            for _ in 0..<500 where FileManager.default.fileExists(atPath: "/proc/\(process)/exe") {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
