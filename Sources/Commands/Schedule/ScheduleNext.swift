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

    /// A schedule, and the nodes of one database that have it.
    private struct Item {
        var database: String
        var nodes: [String]
        var schedule: PlannedSchedule
    }

    func execute(_ context: CommandContext) async throws {
        let now = context.now
        let items = try spec.map { try Self.items(inSpec: $0) } ?? Self.items(context.operation(), id)
        let runs = UpcomingRuns.of(items, expression: \.schedule, after: now, count: count)
        context.output.result(Self.document(runs), text: Self.table(runs).lines)
        if items.isEmpty { context.output.info("no schedules whose backups are on") }
    }

    /// The schedules that run: those of nodes whose backups are on.
    private static func items(_ operation: OperationContext, _ id: String?) throws -> [Item] {
        items(
            try operation.scheduledNodes(of: id).filter { $0.backups == .on }.map {
                ($0.database, $0.node, $0.schedules)
            })
    }

    private static func items(inSpec file: String) throws -> [Item] {
        let name = InputFiles.displayName(file)
        let spec = try SpecReader.readDatabase(try InputFiles.read(file), file: name)
        let id = spec.id ?? spec.databaseName
        return items(
            try spec.effectiveNodes.map { (id, $0.name, try PlannedSchedule.of($0.backupConfig?.schedules ?? [])) })
    }

    /// Nodes that have the same schedules together, so that each is looked at once.
    private static func items(
        _ nodes: [(database: String, node: String, schedules: [PlannedSchedule])]
    ) -> [Item] {
        var groups: [(database: String, nodes: [String], schedules: [PlannedSchedule])] = []
        for node in nodes {
            if let last = groups.last, last.database == node.database, last.schedules == node.schedules {
                groups[groups.count - 1].nodes.append(node.node)
            } else {
                groups.append((node.database, [node.node], node.schedules))
            }
        }
        return groups.flatMap { group in
            group.schedules.map { Item(database: group.database, nodes: group.nodes, schedule: $0) }
        }
    }

    private static func document(_ runs: [(at: Instant, item: Item)]) -> JSONTree {
        [
            "runs": .array(
                runs.flatMap { at, item in
                    item.nodes.map { node in
                        [
                            "at": JSONTree(at), "database": .string(item.database), "node": .string(node),
                            "schedule": .string(item.schedule.id), "type": .string(item.schedule.type.rawValue),
                        ]
                    }
                })
        ]
    }

    private static func table(_ runs: [(at: Instant, item: Item)]) -> TextTable {
        var table = TextTable("UTC", "local", "database", "node", "schedule", "type")
        var last: (at: Instant, utc: String, local: String)?
        for (at, item) in runs {
            // Runs come in order, many of them at one time.
            let time =
                last.flatMap { $0.at == at ? $0 : nil } ?? (at: at, utc: LocalTime.utc(at), local: LocalTime.text(at))
            last = time
            for node in item.nodes {
                table.add([
                    time.utc, time.local, item.database, node, item.schedule.id, item.schedule.type.rawValue,
                ])
            }
        }
        return table
    }
}
