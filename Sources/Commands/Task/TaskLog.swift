import ArgumentParser
import Catalog
import PositionedJSON

/// `pgstanza task log`.
struct TaskLog: PgstanzaCommand {
    static let configuration = CommandConfiguration(commandName: "log", abstract: "Print the log of a task.")

    @OptionGroup
    var argument: TaskArgument

    @Flag(name: .shortAndLong, help: "Go on until the task has ended.")
    var follow = false

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let record = try context.tasks.load(argument.task)
        var reader = LogReader(path: context.tasks.logPath(record))
        if context.output.style.isJSON {
            if follow { _ = try await context.waitForEnd(of: record.id) }
            let lines = try reader.next().split(separator: "\n").map(String.init)
            context.output.result(["task": .string(record.id), "lines": JSONTree(lines)], text: [])
            return
        }
        var isFinal = record.state.isFinal
        while true {
            let text = try reader.next()
            if !text.isEmpty { context.output.raw(text) }
            guard follow, !isFinal else { return }
            try await Task.sleep(for: .milliseconds(200))
            // Looked at before the last reading, so that nothing written before the end is missed.
            isFinal = try context.tasks.load(record.id).state.isFinal
        }
    }
}

extension CommandContext {
    /// Waits until the task has ended, and gives its record.
    func waitForEnd(of task: String) async throws -> TaskRecord {
        while true {
            let record = try tasks.load(task)
            if record.state.isFinal { return record }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
