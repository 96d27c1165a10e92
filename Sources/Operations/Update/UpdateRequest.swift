import PositionedJSON
import Spec

/// The spec that `db update` is to bring about.
public struct UpdateRequest: Sendable {
    public var spec: DatabaseSpec
    /// The `spec` object as it was written, which becomes the accepted spec.
    public var document: JSONTree

    /// Reads the text of a spec file for the database `id`.
    ///
    /// Throws `SpecProblems`, and `two-ids` (65) when the file is of another database.
    public init(_ bytes: [UInt8], file: String, id: String) throws {
        let request = try CreateRequest(bytes, file: file, id: id)
        spec = request.spec
        document = request.document
    }
}
