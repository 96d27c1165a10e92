import ArgumentParser
import Operations
import PositionedJSON
import Scheduling
import Spec
import TargetTime

/// `pgstanza schedule next`.
struct ScheduleNext: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Show the next runs of every schedule, in order.",
        discussion: "--spec looks at a file that is not in use yet, and at nothing else.")

    @Argument(
        help: ArgumentHelp("The database's id; without it those of all.", valueName: "id"),
        completion: DatabaseCompletion.kind)
    var id: String?

    @Option(
        help: ArgumentHelp("Look at this spec instead; - is standard input.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var spec: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("So many runs of each schedule.", valueName: "number"))
    var count = 1

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    /// A file can be looked at by anybody.
    var homeNeed: HomeOwner.Need { spec == nil ? .required : .none }

    func validate() throws {
        if !(1...1000).contains(count) { throw ValidationError("--count needs a number from 1 to 1000") }
        if id != nil && spec != nil { throw ValidationError("a database or --spec, not both") }
    }

    private struct Item {
        var database: String
        var node: String
        var schedule: PlannedSchedule
    }

    func execute(_ context: CommandContext) async throws {
        let now = context.now
        let items = try spec.map { try Self.items(inSpec: $0) } ?? Self.items(context.operation(), id)
        let runs = UpcomingRuns.of(items, expression: \.schedule, after: now, count: count)
        context.output.result(
            [
                "runs": .array(
                    runs.map { at, item in
                        [
                            "at": JSONTree(at), "database": .string(item.database), "node": .string(item.node),
                            "schedule": .string(item.schedule.id), "type": .string(item.schedule.type.rawValue),
                        ]
                    })
            ],
            text: Self.table(runs).lines)
        if items.isEmpty { context.output.info("no schedules whose backups are on") }
    }

    /// The schedules that run: those of nodes whose backups are on.
    private static func items(_ operation: OperationContext, _ id: String?) throws -> [Item] {
        try operation.scheduledNodes(of: id).filter { $0.backups == .on }.flatMap { node in
            node.schedules.map { Item(database: node.database, node: node.node, schedule: $0) }
        }
    }

    private static func items(inSpec file: String) throws -> [Item] {
        let name = InputFiles.displayName(file)
        let spec = try SpecReader.readDatabase(try InputFiles.read(file), file: name)
        return try spec.effectiveNodes.flatMap { node in
            try PlannedSchedule.of(node.backupConfig).map {
                Item(database: spec.id ?? spec.databaseName, node: node.name, schedule: $0)
            }
        }
    }

    private static func table(_ runs: [(at: Instant, item: Item)]) -> TextTable {
        var table = TextTable("UTC", "local", "database", "node", "schedule", "type")
        for (at, item) in runs {
            table.add([
                LocalTime.utc(at), LocalTime.text(at), item.database, item.node, item.schedule.id,
                item.schedule.type.rawValue,
            ])
        }
        return table
    }
}
