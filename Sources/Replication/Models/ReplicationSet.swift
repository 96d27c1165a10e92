/// What a database hands to its subscribers: a replication set of pglogical or Spock, or a native publication.
public struct ReplicationSet: Sendable, Hashable, Codable {
    public var name: String
    public var insert: Bool
    public var update: Bool
    public var delete: Bool
    public var truncate: Bool
    public var tables: [ReplicatedTable]
    public var sequences: [RelationName]
    /// Of a publication: everything there is and will be.
    public var allTables: Bool
    /// Of a publication: schemas that are published as a whole.
    public var schemas: [String]
    /// Of a publication: changes of partitions count as the root table's.
    public var viaRoot: Bool
    /// Of a publication: its owner.
    public var owner: String?

    public init(
        name: String, insert: Bool = true, update: Bool = true, delete: Bool = true, truncate: Bool = true,
        tables: [ReplicatedTable] = [], sequences: [RelationName] = [], allTables: Bool = false,
        schemas: [String] = [], viaRoot: Bool = false, owner: String? = nil
    ) {
        self.name = name
        self.insert = insert
        self.update = update
        self.delete = delete
        self.truncate = truncate
        self.tables = tables
        self.sequences = sequences
        self.allTables = allTables
        self.schemas = schemas
        self.viaRoot = viaRoot
        self.owner = owner
    }
}

extension ReplicationSet {
    /// What it replicates, as the functions that make sets take it.
    var flags: [String] { [insert, update, delete, truncate].map { String($0) } }
}

/// A table in a set.
public struct ReplicatedTable: Sendable, Hashable, Codable {
    public var relation: RelationName
    /// nil for all columns.
    public var columns: [String]?
    /// SQL expression; nil for all rows.
    public var rowFilter: String?

    public init(_ relation: RelationName, columns: [String]? = nil, rowFilter: String? = nil) {
        self.relation = relation
        self.columns = columns
        self.rowFilter = rowFilter
    }
}
