import ArgumentParser
import PositionedJSON

/// `pgstanza task cancel`.
struct TaskCancel: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ask a running task to stop, as ^C would.",
        discussion: "Returns at once; 'pgstanza task wait' waits until it has stopped.")

    @OptionGroup
    var argument: TaskArgument

    @OptionGroup
    var dryRun: DryRunOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let record = try context.tasks.cancellable(argument.task)
        if !dryRun.dryRun { try context.tasks.cancel(record.id) }
        let verb = dryRun.dryRun ? "would be asked to stop" : "was asked to stop"
        context.output.result(
            ["task": .string(record.id), "signalled": .bool(!dryRun.dryRun)],
            text: ["\(record.id) (process \(record.process.pid)) \(verb)"])
    }
}
