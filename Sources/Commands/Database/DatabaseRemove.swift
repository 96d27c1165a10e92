import ArgumentParser
import Operations
import PositionedJSON

/// `pgstanza db remove`.
struct DatabaseRemove: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forget a database; its data directories and backups stay.",
        discussion: """
            Each server first gets back the archive settings that it had before, or archiving is turned off. A server \
            that does not answer is refused, unless --yes: then the lines to take out by hand are printed.
            """)

    @Argument(help: "The database's id.", completion: DatabaseCompletion.kind)
    var id: String

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var dryRun: DryRunOptions
    @OptionGroup var locks: LockOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    var changesSchedules: Bool { !dryRun.dryRun }

    func execute(_ context: CommandContext) async throws {
        if dryRun.dryRun {
            let plan = try await RemoveDatabase(context.operation()).plan(id)
            context.output.result(
                ChangeText.document(id, plan.changes),
                text: ChangeText.lines(plan.changes) + plan.unreachable.flatMap(RemoveDatabase.instructions))
            return
        }
        _ = try context.databases.load(id)
        let wait = try locks.seconds(context)
        let plan = try await context.runTask(TaskDescription("remove", id, lockWait: wait)) { task in
            let plan = try await RemoveDatabase(task.operation).run(id, evenUnreachable: consent.yes)
            await task.operation.schedulesChanged(id)
            return plan
        }
        guard let plan else { return }
        context.output.result(
            ChangeText.document(id, plan.changes), text: ["\(id) is forgotten; data directories and backups stay"])
    }
}
