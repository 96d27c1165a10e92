/// One row of a result, its values in Postgres's text form.
public struct Row: Sendable {
    /// Column names, shared by all rows of a result.
    let columns: [String]
    let values: [String?]

    public init(columns: [String], values: [String?]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column, counted from 0; nil for NULL and for a column that is not there.
    public subscript(_ index: Int) -> String? {
        values.indices.contains(index) ? values[index] : nil
    }

    /// The value of the first column with this name; nil for NULL and for a column that is not there.
    public subscript(_ name: String) -> String? {
        columns.firstIndex(of: name).flatMap { values[$0] }
    }

    /// The column as an integer.
    public func integer(_ name: String) -> Int64? { self[name].flatMap { Int64($0) } }
    /// The column as a truth value; NULL is nil.
    public func bool(_ name: String) -> Bool? { self[name].map { $0 == "t" || $0 == "true" || $0 == "on" } }
    /// The column as a position in the log.
    public func lsn(_ name: String) -> LSN? { self[name].flatMap { LSN($0) } }
}
