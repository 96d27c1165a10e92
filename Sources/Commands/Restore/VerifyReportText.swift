import Operations
import PositionedJSON

/// What a comparison of nodes came to, as the command prints it.
struct VerifyReportText {
    let report: VerifyReport

    init(_ report: VerifyReport) { self.report = report }

    // MARK: For programs

    var document: JSONTree {
        [
            "equal": .bool(report.isEqual), "database": .string(report.database), "nodes": JSONTree(report.nodes),
            "providers": JSONTree(report.providers), "tables": .array(report.tables.map(table)),
            "left_out": .array(
                report.leftOut.map { ["table": .string($0.table.description), "reason": .string($0.reason)] }),
        ]
    }

    private func table(_ table: VerifiedTable) -> JSONTree {
        [
            "table": .string(table.table.description), "equal": .bool(table.isEqual),
            "nodes": .array(
                table.nodes.map { node in
                    [
                        "node": .string(node.name), "rows": node.rows.map { .integer($0) } ?? .null,
                        "checksum": JSONTree(node.checksum), "missing": .integer(node.missing),
                    ]
                }),
            "differing": .integer(table.differing), "keys": .array(table.keys.map(key)),
            "differences": JSONTree(table.differences), "moving": .bool(table.isMoving),
            "problem": JSONTree(table.problem),
        ]
    }

    private func key(_ key: VerifiedTable.Key) -> JSONTree {
        [
            "key": .object(Dictionary(key.columns.map { ($0.name, JSONTree($0.value)) }) { $1 }),
            "missing_on": JSONTree(key.missingOn),
            "versions": .array(
                key.versions.map { ["nodes": JSONTree($0.nodes), "copies": .integer($0.copies)] }),
        ]
    }

    // MARK: For people

    var lines: [String] {
        var lines: [String] = []
        for table in report.tables { lines += self.lines(table) }
        if report.tables.isEmpty { lines.append("no table was compared") }
        for (reason, tables) in Dictionary(grouping: report.leftOut, by: \.reason).sorted(by: { $0.key < $1.key }) {
            lines.append(
                "left out, since \(reason): \(tables.map(\.table.description).joined(separator: ", "))")
        }
        let names = report.nodes.joined(separator: ", ")
        let count = "\(report.tables.count) table\(report.tables.count == 1 ? "" : "s")"
        lines.append(
            report.isEqual
                ? "\(names): \(count) equal" : "\(names): \(report.unequal.count) of \(count) not equal")
        return lines
    }

    private func lines(_ table: VerifiedTable) -> [String] {
        if let problem = table.problem { return ["\(table.table): could not be compared: \(problem)"] }
        guard !table.isEqual else {
            let rows = table.nodes.compactMap(\.rows).max() ?? 0
            return [
                "\(table.table): equal, \(rows) rows" + (table.isMoving ? ", some of them changing just now" : "")
            ]
        }
        var lines: [String] = []
        let what = table.hasNoKey ? "row" : "key"
        lines.append(
            "\(table.table): "
                + (table.differing > 0
                    ? "\(table.differing) \(what)\(table.differing == 1 ? "" : "s") differ\(table.differing == 1 ? "s" : "")"
                    : "not the same table"))
        lines += table.differences.map { "  \($0)" }
        for node in table.nodes {
            guard let rows = node.rows, let checksum = node.checksum else { continue }
            lines.append(
                "  \(node.name): \(rows) rows, checksum \(checksum)"
                    + (node.missing > 0 ? ", lacks \(node.missing)" : ""))
        }
        lines += table.keys.map { "  " + line($0) }
        let more = table.differing - Int64(table.keys.count)
        if more > 0 { lines.append("  and \(more) more, see --limit") }
        return lines.map(Printable.line)
    }

    /// `id=5: on n2, n3; not on n1`
    private func line(_ key: VerifiedTable.Key) -> String {
        let name = key.columns.map { "\($0.name)=\($0.value ?? "NULL")" }.joined(separator: " ")
        var parts = key.versions.map { version in
            version.nodes.joined(separator: ", ") + (version.copies > 1 ? " (\(version.copies) times)" : "")
        }
        parts = [(parts.count > 1 ? "one on " : "on ") + parts.joined(separator: ", another on ")]
        if !key.missingOn.isEmpty { parts.append("not on " + key.missingOn.joined(separator: ", ")) }
        return "\(name): " + parts.joined(separator: "; ")
    }
}
