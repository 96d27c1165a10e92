import Catalog
import Operations

/// Gives each run of a schedule a task of its own.
struct ScheduleTasks: RunTasks {
    let context: CommandContext
    /// Seconds for which a run waits for a lock that appeared after it was claimed.
    static let lockWait = 60.0

    func run<Value: Sendable>(
        _ database: String, node: String, _ body: @Sendable (OperationContext, _ task: String) async throws -> Value
    ) async throws -> Value {
        let description = TaskDescription("backup", database, nodes: [node], lockWait: Self.lockWait)
        return try await context.performTask(description, isWhole: false) { task in
            try await body(task.operation, task.handle.id)
        }
    }
}
