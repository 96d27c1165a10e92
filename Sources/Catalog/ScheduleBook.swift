import Failures

/// What is remembered of a database's schedules: `schedules.json`.
public struct ScheduleBook: Sendable {
    public let home: Home

    public init(home: Home) {
        self.home = home
    }

    /// By node.
    public typealias Nodes = [String: NodeSchedules]

    private struct Document: Codable {
        var formatVersion = 1
        var nodes: Nodes

        private enum CodingKeys: String, CodingKey {
            case formatVersion = "format_version"
            case nodes
        }
    }

    /// What is remembered; empty when no schedule was looked at yet.
    ///
    /// - Throws: ``CatalogError`` when the document cannot be read.
    public func load(_ database: String) throws -> Nodes {
        try Names.checkDatabaseID(database)
        return try StateDocument.readIfPresent(Document.self, from: home.schedulesFile(database))?.nodes ?? [:]
    }

    /// Changes what is remembered while nobody else does, and writes it when it is another than before.
    ///
    /// Many processes look for what is due at the same time: what one of them takes, the others find taken.
    public func update<Value>(_ database: String, _ change: (inout Nodes) throws -> Value) throws -> Value {
        try Names.checkDatabaseID(database)
        return try FileGuard.whileLocked("\(home.locksDir)/\(database).schedules.lock") {
            let before = try load(database)
            var nodes = before
            let value = try change(&nodes)
            for node in nodes.keys { try Names.checkNode(node) }
            if nodes != before { try StateDocument.write(Document(nodes: nodes), to: home.schedulesFile(database)) }
            return value
        }
    }

    /// Runs `body` while no other process of this home claims a run, so that it can be said how many are going.
    public func whileClaiming<Value>(_ body: () throws -> Value) throws -> Value {
        try home.prepare()
        return try FileGuard.whileLocked("\(home.locksDir)/schedules.lock", body)
    }
}
