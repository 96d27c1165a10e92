import ArgumentParser
import Catalog
import PositionedJSON

/// `pgstanza task list`.
struct TaskList: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List tasks, the newest first.")

    @Argument(
        help: ArgumentHelp("The database's id; without it those of all.", valueName: "id"),
        completion: DatabaseCompletion.kind)
    var id: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Show this many at most.", valueName: "number"))
    var count: Int?

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count needs a number, 1 or more") }
    }

    func execute(_ context: CommandContext) async throws {
        let records = try context.tasks.list(database: id).prefix(count ?? .max)
        let now = context.now
        var table = TextTable([
            ("task", .left), ("kind", .left), ("database", .left), ("nodes", .left), ("state", .left),
            ("started", .left), ("time", .right), ("error", .left),
        ])
        for record in records {
            table.add([
                record.id, record.kind, record.database,
                record.nodes.isEmpty ? "all" : record.nodes.joined(separator: ","), record.state.rawValue,
                record.startedAt.wholeSeconds, record.durationText(now: now),
                record.error.map { String($0.message.prefix(60)) } ?? "",
            ])
        }
        context.output.result(["tasks": .array(records.map(\.document))], text: table.lines)
        if records.isEmpty { context.output.info("no tasks yet") }
    }
}
