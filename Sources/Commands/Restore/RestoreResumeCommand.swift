import ArgumentParser
import Operations

/// `restore resume ID`: goes on with an interrupted restore from where it really stands.
struct RestoreResumeCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with an interrupted restore from where it really stands.")

    @Argument(help: "The database's id.")
    var id: String

    @Flag(help: "Return at once, and print the task's id.")
    var detach = false

    @OptionGroup var lock: LockOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    var changesSchedules: Bool { !detach }

    func execute(_ context: CommandContext) async throws {
        let looking = RestoreService(context: context.operation(lockWait: try lock.seconds(context)))
        try looking.requireUnderWay(id, toBe: "resumed")
        let report = try await context.runTask(
            TaskDescription("restore", id, detach: detach, lockWait: try lock.seconds(context))
        ) { task in
            try await RestoreService(context: task.operation).resume(
                id, task: task.handle.id)
        }
        guard let report else { return }
        context.output.result(RestoreReportText(report).document, text: RestoreReportText(report).lines)
    }
}
