import ArgumentParser
import Catalog
import Operations
import PositionedJSON
import Scheduling
import TargetTime

/// `pgstanza schedule list`.
struct ScheduleListCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List schedules with their last and next run, and what is overdue.",
        discussion: "Warns of what is allowed and probably not meant, such as schedules without full backups.")

    @Argument(
        help: ArgumentHelp("The database's id; without it those of all.", valueName: "id"),
        completion: DatabaseCompletion.kind)
    var id: String?

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let operation = context.operation()
        let now = context.now
        let book = ScheduleBook(home: context.home)
        let nodes = try operation.scheduledNodes(of: id)
        var rows: [(node: ScheduledNode, report: ScheduleReport)] = []
        for node in nodes { rows += node.reports(try book.load(node.database), at: now).map { (node, $0) } }
        let installable = try Self.installable(operation, id)
        let advice = try operation.scheduleAdvice(nodes, at: now)
        context.output.result(
            [
                "schedules": .array(rows.map { Self.document($0.node, $0.report) }),
                "warnings": .array(
                    advice.map {
                        [
                            "database": .string($0.database), "node": .string($0.node),
                            "message": .string($0.message),
                        ]
                    }),
                "nodes": .array(installable),
            ],
            text: Self.table(rows).lines)
        if rows.isEmpty { context.output.info("no schedules; backup_config.schedules in the spec makes some") }
        for node in nodes where node.backups == .off {
            context.output.warning(
                "backups of \(node.node) of \(node.database) are off since it was restored; "
                    + "on again: pgstanza db update \(node.database)")
        }
        for advice in advice { context.output.warning("\(advice.database) \(advice.node): \(advice.message)") }
    }

    private static func table(_ rows: [(node: ScheduledNode, report: ScheduleReport)]) -> TextTable {
        var table = TextTable(
            "database", "node", "schedule", "type", "cron", "last", "result", "next UTC", "next local")
        for (node, report) in rows {
            let schedule = report.schedule
            table.add([
                node.database, node.node, schedule.id, schedule.type.rawValue, schedule.expression.text,
                report.last.map { LocalTime.utc($0.startedAt) } ?? "-", result(report),
                node.backups == .off ? "backups off" : report.next.map(LocalTime.utc) ?? "-",
                node.backups == .off ? "" : report.next.map(LocalTime.text) ?? "-",
            ])
        }
        return table
    }

    /// How the last run went, and whether the next one is late.
    private static func result(_ report: ScheduleReport) -> String {
        if report.isRunning { return "running" }
        let overdue = report.overdueSince.map { "overdue since \(LocalTime.utc($0))" }
        guard let last = report.last else { return overdue ?? "-" }
        let time = NumberText.duration(last.endedAt.seconds(since: last.startedAt))
        let text =
            switch last.outcome {
            case .done: "done in \(time)"
            case .failed: "failed: \((last.message ?? "").prefix(60))"
            case .interrupted: "interrupted after \(time)"
            case .superseded: "superseded by \(last.message ?? "another")"
            case .off: "backups off"
            }
        return overdue.map { "\(text); \($0)" } ?? text
    }

    private static func document(_ node: ScheduledNode, _ report: ScheduleReport) -> JSONTree {
        [
            "database": .string(node.database), "node": .string(node.node), "schedule": .string(report.schedule.id),
            "type": .string(report.schedule.type.rawValue),
            "cron_expression": .string(report.schedule.expression.text), "backups": .string(node.backups.rawValue),
            "running": .bool(report.isRunning), "last": report.last.map { document($0) } ?? .null,
            "next": JSONTree(report.next), "overdue_since": JSONTree(report.overdueSince),
            "counts": document(report.counts),
        ]
    }

    /// What the host's scheduler has to know of each node.
    private static func installable(_ operation: OperationContext, _ id: String?) throws -> [JSONTree] {
        try operation.installableNodes().filter { id == nil || $0.database == id }.map { node in
            [
                "database": .string(node.database), "node": .string(node.node),
                "backups": .string(node.isOn ? "on" : "off"), "started": .bool(node.isStarted),
                "schedules": .array(
                    node.schedules.map {
                        [
                            "id": .string($0.id), "type": .string($0.type.rawValue),
                            "cron_expression": .string($0.expression.text),
                        ]
                    }),
            ]
        }
    }

    private static func document(_ run: ScheduleRun) -> JSONTree {
        [
            "slot": JSONTree(run.slot), "started_at": JSONTree(run.startedAt), "ended_at": JSONTree(run.endedAt),
            "outcome": .string(run.outcome.rawValue), "task": JSONTree(run.task), "message": JSONTree(run.message),
        ]
    }

    private static func document(_ tally: ScheduleTally) -> JSONTree {
        [
            "ran": .integer(Int64(tally.ran)), "caught_up": .integer(Int64(tally.caughtUp)),
            "superseded": .integer(Int64(tally.superseded)), "failed": .integer(Int64(tally.failed)),
            "off": .integer(Int64(tally.off)),
        ]
    }
}
