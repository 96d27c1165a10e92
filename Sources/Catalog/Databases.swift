import Failures

/// What is read from a `database.json`: the record, or a part of it.
public protocol DatabaseDocument: Decodable {
    /// Format of the document that was read.
    var formatVersion: Int { get }
    /// The database's id.
    var id: String { get }
}

extension DatabaseRecord: DatabaseDocument {}

/// The databases that a home knows.
public struct Databases: Sendable {
    public let home: Home

    public init(home: Home) {
        self.home = home
    }

    /// Ids of the databases that have been accepted here, sorted.
    ///
    /// - Throws: ``CatalogError`` when the home cannot be read.
    public func ids() throws -> [String] {
        try Directory.names(in: home.databasesDir).filter { Names.isDatabaseID($0) && exists($0) }
    }

    /// Every record, sorted by id.
    ///
    /// - Throws: ``CatalogError``, also when one of the documents is damaged.
    public func list() throws -> [DatabaseRecord] {
        try ids().map(load)
    }

    /// Whether the database has been accepted here.
    public func exists(_ id: String) -> Bool {
        Names.isDatabaseID(id) && FileInformation.exists(home.databaseFile(id))
    }

    /// The record of `id`.
    ///
    /// - Throws: ``CatalogError``: `notFound` when there is none, with the ids that are known as the hint.
    public func load(_ id: String) throws -> DatabaseRecord { try load(id, as: DatabaseRecord.self) }

    /// The record of `id`, or a part of it that is read faster than the whole.
    ///
    /// - Throws: ``CatalogError``: `notFound` when there is none, with the ids that are known as the hint.
    public func load<Document: DatabaseDocument>(_ id: String, as type: Document.Type) throws -> Document {
        try Names.checkDatabaseID(id)
        let path = home.databaseFile(id)
        guard let record = try StateDocument.readIfPresent(type, from: path) else {
            throw CatalogError.noSuchDatabase(id, known: try ids(), home: home)
        }
        guard record.formatVersion == DatabaseRecord.currentFormat else {
            throw CatalogError(
                .operation, code: "unknown-format",
                "\(path) has format \(record.formatVersion), and this pgstanza knows \(DatabaseRecord.currentFormat)",
                hint: "use the version of pgstanza that wrote it, or a later one")
        }
        guard record.id == id else { throw CatalogError.damaged(path, "it belongs to the database \"\(record.id)\"") }
        return record
    }

    /// Writes the record, which becomes the accepted state.
    ///
    /// - Throws: ``CatalogError``; the former record is then still there.
    public func save(_ record: DatabaseRecord) throws {
        try Names.checkDatabaseID(record.id)
        for node in record.nodes.keys { try Names.checkNode(node) }
        try home.prepare()
        try Directory.make(home.databaseDir(record.id))
        try StateDocument.write(record, to: home.databaseFile(record.id))
    }

    /// Forgets the database: record, schedule times and status. Data directories, tasks and restores stay.
    ///
    /// - Throws: ``CatalogError``; `notFound` when there is none.
    public func remove(_ id: String) throws {
        try Names.checkDatabaseID(id)
        guard exists(id) else { throw CatalogError.noSuchDatabase(id, known: try ids(), home: home) }
        try AtomicFile.remove(home.schedulesFile(id))
        try AtomicFile.remove(home.statusFile(id))
        try AtomicFile.remove(home.databaseFile(id))
    }
}
