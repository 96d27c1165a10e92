import Catalog

/// The record of one database while an operation changes it: every change is on disk before the next thing is done.
///
/// Its user holds the database's lock.
public actor RecordKeeper {
    private let databases: Databases
    /// The record as it was last saved.
    public private(set) var record: DatabaseRecord

    public init(_ record: DatabaseRecord, home: Home) {
        self.record = record
        databases = Databases(home: home)
    }

    /// Changes the record and saves it.
    public func update(_ change: @Sendable (inout DatabaseRecord) -> Void) throws {
        var changed = record
        change(&changed)
        guard changed != record else { return }
        try databases.save(changed)
        record = changed
    }

    /// Changes what is remembered of one node, and saves it.
    public func update(node: String, _ change: @Sendable (inout NodeRecord) -> Void) throws {
        try update { record in
            var node = (node, record.nodes[node] ?? NodeRecord())
            change(&node.1)
            record.nodes[node.0] = node.1
        }
    }
}
