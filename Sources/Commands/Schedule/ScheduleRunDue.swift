import ArgumentParser
import Catalog
import Glibc
import Operations
import PositionedJSON

/// How many runs may go on at a time.
struct RunLimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "At most so many backups on this host at a time (a quarter of the cores, 2 at least).",
            valueName: "number"))
    var jobs: Int?

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs needs a number, 1 or more") }
    }

    var limit: Int { jobs ?? max(2, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) / 4) }
}

/// `pgstanza schedule run-due`.
struct ScheduleRunDue: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-due",
        abstract: "Run what is due now and what was missed, once; made to be called every minute.",
        discussion: """
            A schedule counts from the moment its spec was accepted. What was missed while the machine was down is made \
            up for by one run, of the fullest type that was missed. Of schedules that are due together on one node the \
            fullest runs and stands for the others. A run that is still going is not started again. A node whose \
            backups are off is not run: that is said once a day (73). Called many times at once, each backup is taken \
            once.
            """)

    @Argument(help: "Only of this database.", completion: DatabaseCompletion.kind)
    var id: String?

    @Argument(help: ArgumentHelp("Only of these nodes.", valueName: "node"))
    var nodes: [String] = []

    @OptionGroup var limits: RunLimitOptions
    @OptionGroup var dryRun: DryRunOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func validate() throws {
        if let id { try Names.checkDatabaseID(id) }
        try nodes.forEach { try Names.checkNode($0) }
    }

    func execute(_ context: CommandContext) async throws {
        let runner = RunDue(context.operation(), tasks: ScheduleTasks(context: context), limit: limits.limit)
        let choice = RunDue.Choice(database: id, nodes: nodes)
        if dryRun.dryRun {
            let plan = try runner.plan(choice)
            context.output.result(
                [
                    "actions": .array(
                        plan.map { node, work in
                            [
                                "database": .string(node.database), "node": .string(node.node), "action": "backup",
                                "detail": .string(Self.detail(work.schedule, work.type.rawValue)),
                            ]
                        })
                ],
                text: plan.map { node, work in "\(node.name): \(Self.detail(work.schedule, work.type.rawValue))" })
            return
        }
        let outcome = try await runner.run(choice)
        context.output.endProgress()
        context.output.result(
            ["backups": .array(outcome.taken.map { BackupText.document($0.backup, database: $0.database) })],
            text: outcome.taken.map { "\($0.database) " + BackupText.line($0.backup) })
        if let failure = outcome.failure { throw failure }
        try Task.checkCancellation()
    }

    private static func detail(_ schedule: String, _ type: String) -> String { "\(type) backup, due by \(schedule)" }
}
