/// Rows in columns as wide as their widest cell, two blanks between them.
struct TextTable {
    enum Alignment {
        case left
        case right
    }

    private let headings: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// `columns` by heading; an empty table prints nothing.
    init(_ columns: [(heading: String, alignment: Alignment)]) {
        headings = columns.map(\.heading)
        alignments = columns.map(\.alignment)
    }

    /// A table whose columns are all aligned to the left.
    init(_ headings: String...) {
        self.init(headings.map { ($0, .left) })
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == headings.count, "a row needs a cell for every column")
        rows.append(cells.map(Printable.line))
    }

    /// The headings in capitals, then the rows; nothing when there is no row.
    var lines: [String] {
        guard !rows.isEmpty else { return [] }
        let all = [headings.map { $0.uppercased() }] + rows
        let widths = headings.indices.map { column in all.map { Printable.width($0[column]) }.max() ?? 0 }
        let blanks = String(repeating: " ", count: widths.reduce(0) { $0 + $1 + 2 })
        return all.map { row in
            var line = ""
            line.reserveCapacity(blanks.utf8.count)
            // Blanks are written when something follows them: cells at the end may be empty.
            var pending = 0
            for (column, cell) in row.enumerated() {
                let padding = widths[column] - Printable.width(cell)
                if alignments[column] == .right { pending += padding }
                if !cell.isEmpty {
                    line += Substring(blanks.utf8.prefix(pending))
                    line += cell
                    pending = 0
                }
                if alignments[column] == .left { pending += padding }
                pending += 2
            }
            return line
        }
    }
}

/// Text from elsewhere, made safe to show on a terminal.
enum Printable {
    /// One line: control characters, which could move the cursor or hide text, become `?`.
    static func line(_ text: String) -> String {
        // Mostly there is nothing to replace, and bytes are looked at fastest.
        if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
    }

    /// How many characters `text` has on a line.
    static func width(_ text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.count
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }
}
