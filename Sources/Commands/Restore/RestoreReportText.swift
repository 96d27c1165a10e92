import Operations
import PositionedJSON
import TargetTime

/// Where a restore stands, or how it ended, as commands print it.
struct RestoreReportText {
    let report: RestoreReport

    init(_ report: RestoreReport) { self.report = report }

    var document: JSONTree {
        .object([
            "restore": .string(report.restore), "database": .string(report.database), "state": .string(report.state),
            "task": JSONTree(report.task),
            "steps": .array(report.steps.map(step)),
            "nodes": .array(report.nodes.map(node)),
            "next": .string(report.next), "backups": JSONTree(report.backups), "again": JSONTree(report.again),
            "undo": JSONTree(report.undo), "observed": .array(report.observed.map(standing)),
            "warnings": JSONTree(report.warnings),
        ])
    }

    private func step(_ step: RestoreReport.Step) -> JSONTree {
        .object([
            "number": .integer(Int64(step.number)), "name": .string(step.name),
            "nodes": .array(
                step.nodes.map { node in
                    .object([
                        "node": .string(node.node), "state": .string(node.state),
                        "seconds": node.seconds.map { .number($0) } ?? .null, "detail": JSONTree(node.detail),
                    ])
                }),
        ])
    }

    private func standing(_ standing: NodeStanding) -> JSONTree {
        .object([
            "node": .string(standing.node), "server": .string(standing.server), "fenced": .bool(standing.isFenced),
            "backups": .string(standing.backups),
            "replicas": .array(
                standing.replicas.map { .object(["host": .string($0.host), "state": .string($0.state)]) }),
        ])
    }

    private func node(_ node: RestoreReport.NodeSummary) -> JSONTree {
        .object([
            "node": .string(node.node), "timeline": JSONTree(node.timeline.map { Int($0) }),
            "system_identifier": JSONTree(node.systemIdentifier), "last_commit": JSONTree(node.lastCommit),
            "rows": node.rows.map { .object($0.mapValues { $0.map { .integer($0) } ?? .null }) } ?? .null,
            "repository": JSONTree(node.repository),
            "undo": node.undo.map { undo in
                .object([
                    "restore_point": JSONTree(undo.name), "timeline": .integer(Int64(undo.timeline)),
                    "lsn": .string(undo.lsn), "label": JSONTree(undo.label), "at": JSONTree(undo.at),
                    "repository": .string(undo.book.repositoryName),
                ])
            } ?? .null,
        ])
    }

    var lines: [String] {
        var lines = ["Restore \(report.restore) of \(report.database): \(report.state)"]
        let names = report.nodes.map(\.node)
        for step in report.steps {
            let states = zip(names, step.nodes).map { name, node in
                "\(name) \(node.state)" + (node.seconds.map { " (\(NumberText.duration($0)))" } ?? "")
            }
            lines.append("  \(step.number) \(step.name): \(states.joined(separator: ", "))")
            for node in step.nodes {
                if let detail = node.detail { lines.append("      \(node.node): \(detail)") }
            }
        }
        for standing in report.observed {
            let parts =
                [
                    "server \(standing.server)", standing.isFenced ? "fenced" : "not fenced",
                    "backups \(standing.backups)",
                ]
                + standing.replicas.map { "replica on \($0.host) \($0.state)" }
            lines.append("\(standing.node) now: \(parts.joined(separator: ", "))")
        }
        for node in report.nodes {
            guard let timeline = node.timeline else { continue }
            lines.append(
                "\(node.node): timeline \(timeline)"
                    + (node.lastCommit.map { ", last commit \($0.iso8601)" } ?? ""))
            for (table, rows) in (node.rows ?? [:]).sorted(by: { $0.key < $1.key }) {
                lines.append("  \(table): \(rows.map { "\($0) rows" } ?? "not counted, it takes too long")")
            }
            if let undo = node.undo {
                lines.append(
                    "  the state before it: \(undo.target.described) on timeline \(undo.timeline) "
                        + "in repository \(undo.book.repositoryName)"
                        + (undo.label.map { ", from backup \($0)" } ?? ""))
            }
            if let repository = node.repository { lines.append("  backups are on, in repository \(repository)") }
        }
        if let backups = report.backups, report.state == "done" {
            lines.append("Backups of \(names.joined(separator: ", ")) are off. Turn them on again: \(backups)")
        }
        if let again = report.again { lines.append("Another target: \(again)") }
        if let undo = report.undo { lines.append("Back to the moment before it: \(undo)") }
        if report.state != "done" || report.next != report.backups { lines.append("Next: \(report.next)") }
        return lines
    }
}
