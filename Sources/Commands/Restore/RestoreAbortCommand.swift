import ArgumentParser
import Operations

/// `restore abort ID`: backs out of a restore whose files are untouched.
struct RestoreAbortCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Back out of a restore whose files are untouched.")

    @Argument(help: "The database's id.")
    var id: String

    @OptionGroup var lock: LockOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    var changesSchedules: Bool { true }

    func execute(_ context: CommandContext) async throws {
        let looking = RestoreService(context: context.operation(lockWait: try lock.seconds(context)))
        try looking.requireUnderWay(id, toBe: "aborted")
        let report = try await context.runTask(TaskDescription("restore", id, lockWait: try lock.seconds(context))) {
            task in
            try await RestoreService(context: task.operation).abort(
                id, task: task.handle.id)
        }
        guard let report else { return }
        context.output.result(RestoreReportText(report).document, text: RestoreReportText(report).lines)
    }
}
