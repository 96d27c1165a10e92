import Failures
import TargetTime

/// The documents of a database's restores: plan, inventory, journal and whatever else one keeps.
public struct Restores: Sendable {
    public let home: Home
    public let database: String

    /// - Throws: ``CatalogError`` when `database` is not a database id.
    public init(home: Home, database: String) throws {
        self.home = home
        self.database = try Names.checkDatabaseID(database)
    }

    /// Makes the directory of a new restore and returns its id.
    ///
    /// Ids are in the order of the restores even within one second, and when the clock was set back.
    ///
    /// - Throws: ``CatalogError`` when it cannot be made.
    public func create(now: Instant = .now()) throws -> String {
        var id = SortableID.make(at: now)
        if let latest = try latest(), id <= latest {
            id = SortableID.make(at: (SortableID.instant(of: latest) ?? now).adding(seconds: 1))
        }
        try Directory.make(home.restoreDir(database, restore: id))
        return id
    }

    /// Ids of the restores, oldest first.
    public func ids() throws -> [String] {
        try Directory.names(in: home.restoresDir(database)).filter(Names.isSortableID)
    }

    /// The restore that began last; nil when there was none.
    public func latest() throws -> String? { try ids().last }

    /// Writes a document, such as `journal.json`, synced.
    ///
    /// - Throws: ``CatalogError``; the former document is then still there.
    public func write<Value: Encodable>(_ value: Value, _ name: String, restore: String) throws {
        try StateDocument.write(value, to: try path(name, restore: restore))
    }

    /// Reads a document, or returns nil when the restore has none of that name.
    ///
    /// - Throws: ``CatalogError`` when it is damaged.
    public func read<Value: Decodable>(
        _ type: Value.Type = Value.self, _ name: String, restore: String
    ) throws -> Value? {
        try StateDocument.readIfPresent(type, from: try path(name, restore: restore))
    }

    /// Where the document `name` of a restore is.
    public func path(_ name: String, restore: String) throws -> String {
        try Names.checkRestoreID(restore)
        let isPlain = !name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && !name.utf8.contains(0)
        guard isPlain else { throw CatalogError(.defect, code: "bad-document-name", "no document may be called so") }
        return home.restoreDir(database, restore: restore) + "/" + name
    }
}
