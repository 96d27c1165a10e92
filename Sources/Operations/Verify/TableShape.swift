import Replication

extension RelationName: Comparable {
    public static func < (left: RelationName, right: RelationName) -> Bool {
        left.schema == right.schema ? left.name < right.name : left.schema < right.schema
    }

    /// Whether somebody who writes `text` can mean this table: with its schema, or by its name alone.
    func isMeant(by text: String) -> Bool { text == description || text == name }
}

/// A table as one node has it.
struct TableShape: Sendable, Equatable {
    var name: RelationName
    /// The rows lie in partitions, which are tables of their own.
    var isPartitioned: Bool
    /// In the order in which they were made.
    var columns: [String]
    /// Columns of the replica identity's index or the primary key; empty where there is none.
    var key: [String]
    /// A guess, for choosing the size of things.
    var estimatedRows: Int64
}
