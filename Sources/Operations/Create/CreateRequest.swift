import PositionedJSON
import Spec

/// What `db create` is asked for.
public struct CreateRequest: Sendable {
    public var id: String
    public var spec: DatabaseSpec
    /// The `spec` object as it was written, which becomes the accepted spec.
    public var document: JSONTree
    /// Of a database that is made from a backup: roles of the source that the spec does not name are dropped.
    public var dropsSourceRoles = false

    /// Reads the text of a spec file.
    ///
    /// The database's id is `id` (from the command line), else that of the file, else the database's name.
    /// Throws `SpecProblems`, and `two-ids` (65) when the command line and the file name different ones.
    public init(_ bytes: [UInt8], file: String, id: String?) throws {
        spec = try SpecReader.readDatabase(bytes, file: file)
        let tree = try JSONParser.parse(bytes, file: file).tree
        document = tree["spec"] ?? tree
        if let id, let own = spec.id, id != own {
            throw OperationError(
                .invalidInput, code: "two-ids",
                "\(file) is the spec of the database \(own), and the command line says \(id)",
                hint: "correct one of the two")
        }
        self.id = id ?? spec.id ?? spec.databaseName
    }
}
