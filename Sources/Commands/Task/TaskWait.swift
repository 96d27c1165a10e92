import ArgumentParser
import Catalog
import Failures
import PositionedJSON

/// `pgstanza task wait`.
struct TaskWait: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until a task has ended, and end as it did.",
        discussion: "The exit code is the task's own; 1 for a task whose process is gone.")

    @OptionGroup
    var argument: TaskArgument

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let record = try await context.waitForEnd(of: argument.task)
        context.output.result(
            ["tasks": [record.document]], text: ["\(record.id) \(record.state.rawValue)"])
        guard record.state != .done else { return }
        guard let error = record.error else {
            throw CommandsError(
                .operation, code: "task-interrupted", "the task \(record.id) was interrupted: its process is gone",
                hint: "'pgstanza task log \(record.id)' shows how far it came")
        }
        throw EndedTask(record: record, error: error)
    }
}

/// The failure of another process's task, passed on.
private struct EndedTask: Failure {
    let record: TaskRecord
    let error: TaskError

    var kind: FailureKind { ExitStatus.kind(for: error.exitCode) }
    var code: String { error.code }
    var message: String { "the task \(record.id) \(record.state.rawValue): \(error.message)" }
    var hint: String? { error.hint }
}
