import Postgres

/// A table or sequence by schema and name.
public struct RelationName: Sendable, Hashable, Codable, CustomStringConvertible {
    public var schema: String
    public var name: String

    public init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }

    /// For people.
    public var description: String { "\(schema).\(name)" }
    /// Quoted, for SQL text and for a cast to `regclass`.
    public var quoted: String { SQL.identifier(schema, name) }
}
