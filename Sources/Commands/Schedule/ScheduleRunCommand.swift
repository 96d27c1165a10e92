import ArgumentParser
import Operations
import Synchronization

/// `pgstanza schedule run`.
struct ScheduleRunCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run what is due, minute after minute, until SIGTERM: for containers.",
        discussion: """
            The same as 'schedule run-due' every minute. On SIGTERM it starts nothing more and stops a backup that is \
            going in good order; what that was for is due again at the next start. Ends with 0 when nothing was going, \
            else with 143 (130 for SIGINT).
            """)

    @OptionGroup var limits: RunLimitOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let runner = RunDue(context.operation(), tasks: ScheduleTasks(context: context), limit: limits.limit)
        let output = context.output
        context.output.info("running what is due until SIGTERM")
        let cutShort = CutShort()
        _ = try await runner.run(RunDue.Choice(), forever: true) { outcome in
            for taken in outcome.taken { output.info("\(taken.database) " + BackupText.line(taken.backup)) }
            for (name, error) in outcome.failures {
                if error is CancellationError {
                    cutShort.note()
                } else {
                    // Even with -q: nobody is told by an exit code here.
                    let report = ErrorReport(error)
                    for line in report.lines(colors: output.style.colorsError) { output.always("\(name): \(line)") }
                }
            }
        }
        output.endProgress()
        if cutShort.happened { throw CancellationError() }
        output.info("stopped")
    }
}

/// Whether a backup was going when the command was told to stop.
private final class CutShort: Sendable {
    private let state = Mutex(false)

    var happened: Bool { state.withLock { $0 } }

    func note() { state.withLock { $0 = true } }
}
