import Foundation
import PositionedJSON

/// A database made by `db create` with rows in it, for tests of what comes afterwards.
struct Shop: Sendable {
    let box: Sandbox
    let id: String
    /// Primaries before replicas.
    var instances: [Instance]

    func primary(_ node: String = "n1") throws -> Instance {
        guard let found = instances.first(where: { $0.name == node && !$0.isReplica }) else {
            throw FixtureError("no primary of \(node)")
        }
        return found
    }

    func replicas(_ node: String = "n1") -> [Instance] { instances.filter { $0.name == node && $0.isReplica } }

    /// Takes a backup of one node, and lets the second pass in which it ended: pgBackRest goes to no earlier time.
    @discardableResult
    func backup(_ type: String = "full", node: String = "n1") async throws -> JSONTree {
        let document = try await box.pgstanza("backup", id, node, "--type", type, "--json").expect(exit: 0).json()
        try await Task.sleep(for: .seconds(1))
        return document
    }

    /// The server's time just now, with everything committed before it older and everything after it newer.
    func moment(_ node: String = "n1") async throws -> String {
        let primary = try primary(node)
        try await Task.sleep(for: .milliseconds(50))
        let text = try await primary.value(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        try await Task.sleep(for: .milliseconds(50))
        return text
    }

    /// `restore ID … --yes --json`, which must end well; its document.
    @discardableResult
    func restore(_ arguments: String...) async throws -> JSONTree {
        try await box.pgstanza(["restore", id] + arguments + ["--yes", "--json"]).expect(exit: 0).json()
    }

    /// Settings that a restore leaves in `postgresql.auto.conf` while it is under way, and that must be gone.
    func leftoverSettings(_ node: String = "n1") throws -> [String] {
        let names = [
            "restore_command", "recovery_target", "max_logical_replication_workers", "shared_preload_libraries",
            "archive_mode = 'off'",
        ]
        let text = readText(try primary(node).dataDirectory + "/postgresql.auto.conf")
        return text.split(separator: "\n").map(String.init).filter { line in
            names.contains { line.hasPrefix($0) }
        }
    }
}

extension Sandbox {
    /// Creates a database, and on each primary a table `t` with the row `1 first`.
    func createShop(
        id: String = "shop", nodes: Int = 1, replicas: Int = 0, repositories: [JSONTree]? = nil,
        replication: String = "none", change: (inout JSONTree) throws -> Void = { _ in }
    ) async throws -> Shop {
        var draft = try spec(
            id: id, nodes: nodes, replicas: replicas, repositories: repositories, replication: replication)
        try change(&draft)
        let file = try write("\(id).json", draft.text(pretty: true))
        try await pgstanza("db", "create", file, "--yes").expect(exit: 0)
        let shop = Shop(box: self, id: id, instances: try await instances(of: id))
        for instance in shop.instances where !instance.isReplica {
            try await instance.query("CREATE TABLE t (i int PRIMARY KEY, x text)")
            try await instance.query("INSERT INTO t VALUES (1, 'first')")
        }
        return shop
    }
}
