/// A place in a text file, as an editor shows it.
///
/// Lines end at LF only, so that CR LF counts once; a lone CR is a character like any other. Columns count
/// Unicode scalars: "é" is one column when written as one scalar, a tab is one column, and an emoji joined
/// out of several scalars is several. A byte order mark at the start of the file counts in `offset` only.
public struct Position: Sendable, Hashable, Comparable {
    /// The line, from 1.
    public let line: Int
    /// The column in Unicode scalars, from 1.
    public let column: Int
    /// The offset in bytes, from 0.
    public let offset: Int

    public init(line: Int, column: Int, offset: Int) {
        self.line = line
        self.column = column
        self.offset = offset
    }

    /// The first character of a file without a byte order mark.
    public static let start = Position(line: 1, column: 1, offset: 0)

    /// In the order of the file.
    public static func < (left: Position, right: Position) -> Bool {
        left.offset < right.offset
    }
}

extension Position: CustomStringConvertible {
    /// `line:column`, as compilers write it.
    public var description: String { "\(line):\(column)" }
}
