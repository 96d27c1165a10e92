import ArgumentParser
import PositionedJSON

/// `pgstanza task show`.
struct TaskShow: PgstanzaCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one task.")

    @OptionGroup
    var argument: TaskArgument

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let record = try context.tasks.load(argument.task)
        context.output.result(
            ["tasks": [record.document]],
            text: record.lines(now: context.now, log: context.tasks.logPath(record)))
    }
}
