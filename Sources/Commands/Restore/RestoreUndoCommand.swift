import ArgumentParser
import Operations

/// `restore undo ID`: back to the moment before the last restore.
struct RestoreUndoCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Go back to the moment before the last restore.",
        discussion: """
            A restore like any other, with a plan and checks: from the repository that the node wrote then, to the \
            restore point that was archived before the node was stopped. It can be undone itself.
            """)

    @Argument(help: "The database's id.")
    var id: String

    @Option(
        help: ArgumentHelp("Undo it on this node; repeatable. Default: every node it restored.", valueName: "node"))
    var targetNode: [String] = []

    @OptionGroup var planning: RestorePlanOptions

    @OptionGroup(title: "How")
    var how: RestoreRunOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let flags = RestoreFlags(
            targetNodes: targetNode, consents: Set(how.consents), reenablesBackups: how.reenableBackups)
        let looking = RestoreService(context: context.operation(lockWait: try how.lock.seconds(context)))
        let plan = try await looking.planUndo(id, flags: flags)
        try await RestoreRunner(context: context, how: how).show(planning, orRun: plan, repository: nil)
    }
}
