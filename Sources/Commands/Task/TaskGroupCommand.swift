import ArgumentParser

/// `pgstanza task`.
struct TaskGroupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task",
        abstract: "Tasks: every backup, restore, create and update that ran or runs.",
        subcommands: [TaskList.self, TaskShow.self, TaskLog.self, TaskWait.self, TaskCancel.self])
}

/// The argument that names a task.
struct TaskArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The task's id.", valueName: "task"), completion: TaskCompletion.kind)
    var task: String
}
