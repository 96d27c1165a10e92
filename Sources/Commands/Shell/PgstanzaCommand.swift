import ArgumentParser

/// A command that can be run.
///
/// A new one is a struct in a file of its own that conforms, is listed in its group's `subcommands` (or in
/// ``Pgstanza``), and says everything through ``CommandContext``: results through `context.output`, failures by
/// throwing. What changes something runs inside `context.runTask`.
///
///     struct BackupCommand: PgstanzaCommand {
///         static let configuration = CommandConfiguration(commandName: "backup", abstract: "Take backups.")
///         @Argument(help: "The database's id.") var id: String
///         @Flag(help: "Return at once, and print the task's id.") var detach = false
///         @OptionGroup var lock: LockOptions
///         @OptionGroup(title: "Everywhere") var global: GlobalOptions
///
///         func execute(_ context: CommandContext) async throws {
///             let record = try context.databases.load(id)
///             let task = TaskDescription(
///                 "backup", record.id, detach: detach, lockWait: try lock.seconds(context))
///             let result = try await context.runTask(task) { try await TakeBackup($0.operation, …).run() }
///             guard let result else { return }   // detached
///             context.output.result(result.document, text: result.lines)
///         }
///     }
protocol PgstanzaCommand: ParsableCommand {
    var global: GlobalOptions { get }

    /// How much the command needs the home directory.
    static var homeNeed: HomeOwner.Need { get }

    /// The same for the command as it was called; ``homeNeed`` unless an option makes it less.
    var homeNeed: HomeOwner.Need { get }

    /// Whether what the command does may change what the host's scheduler has to know.
    var changesSchedules: Bool { get }

    /// Does what the command is for. What it throws decides the exit code.
    func execute(_ context: CommandContext) async throws
}

extension PgstanzaCommand {
    static var homeNeed: HomeOwner.Need { .required }
    var homeNeed: HomeOwner.Need { Self.homeNeed }
    var changesSchedules: Bool { false }
}

extension CommandNode {
    /// The tree below a command type.
    init(_ type: any ParsableCommand.Type) {
        let configuration = type.configuration
        children = configuration.subcommands.map { CommandNode($0) }
        name = type._commandName
        needsWord =
            !children.isEmpty && configuration.defaultSubcommand == nil && !(type is any PgstanzaCommand.Type)
    }
}
