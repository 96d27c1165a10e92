import Postgres
import Replication

@testable import TestServers

/// Two servers `n1` and `n2` with a database `shop` each.
struct ReplicationPair: Sendable {
    let place: TestPlace
    let instances: [InstanceLocation]

    static func with(library: String?, _ body: @Sendable (ReplicationPair) async throws -> Void) async throws {
        try await TestPlace.with { place in
            var settings = ["wal_level": "logical", "track_commit_timestamp": "on", "max_worker_processes": "16"]
            if let library { settings["shared_preload_libraries"] = library }
            var instances: [InstanceLocation] = []
            for name in ["n1", "n2"] {
                let instance = try await place.cluster(name, settings: settings)
                try await PgCtlService().start(instance)
                instances.append(instance)
                try await Connection.with(instance.connection()) { connection in
                    _ = try await connection.execute("CREATE DATABASE shop")
                }
            }
            try await body(ReplicationPair(place: place, instances: instances))
        }
    }

    func parameters(_ node: Int, _ database: String = "shop") -> ConnectionParameters {
        var parameters = instances[node - 1].connection()
        parameters.database = database
        return parameters
    }

    func dsn(_ node: Int) -> String {
        "host=\(place.socketDir) port=\(instances[node - 1].port) user=boss dbname=shop"
    }

    func on<Result: Sendable>(
        _ node: Int, _ body: @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        try await Connection.with(parameters(node), body)
    }

    @discardableResult
    func run(_ node: Int, _ sql: String) async throws -> [Row] { try await on(node) { try await $0.execute(sql) } }

    /// Waits until a query gives `expected`.
    func wait(_ node: Int, _ sql: String, toBe expected: String) async throws {
        let start = ContinuousClock.now
        var last: String?
        while ContinuousClock.now - start < .seconds(60) {
            last = try await on(node) { try await $0.value(sql) }
            if last == expected { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TestServerError(description: "n\(node): \(sql) stayed \(last ?? "NULL"), expected \(expected)")
    }

    func inventory(_ node: Int) async throws -> ReplicationInventory {
        try await InventoryReader.read(parameters(node))
    }
}
