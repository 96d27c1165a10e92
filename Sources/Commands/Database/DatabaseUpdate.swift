import ArgumentParser
import Operations
import PositionedJSON

/// `pgstanza db update ID`: what runs agrees with the accepted spec again.
struct DatabaseUpdate: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Make what runs agree with the accepted spec again, backups that a restore turned off included.",
        discussion: """
            A restored node's backups go into a repository id of their own ("local" becomes "local-2"), so that the \
            backups from before the restore stay as they are, listed and restorable. The accepted spec then says so, \
            and a full backup is taken at once. Replicas that are missing are built.
            """)

    @Argument(help: "The database's id.")
    var id: String

    @OptionGroup var agreement: ConsentOptions
    @OptionGroup var dryRun: DryRunOptions
    @OptionGroup var lock: LockOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let planned = try UpdateDatabase(context.operation(), id).plan()
        guard !planned.isEmpty, !dryRun.dryRun else {
            context.output.result(
                ChangeText.document(id, planned),
                text: planned.isEmpty ? ["\(id) is as its spec says; nothing to do"] : ChangeText.lines(planned))
            return
        }
        if !agreement.yes, context.terminal.inputIsTerminal {
            for line in ChangeText.lines(planned) { context.output.info(line) }
            try await context.confirm("This changes \(id).", isAgreed: false)
        }
        let nodes = Set(planned.compactMap(\.node)).sorted()
        let done = try await context.runTask(
            TaskDescription("update", id, nodes: nodes, lockWait: try lock.seconds(context))
        ) { task in
            try await UpdateDatabase(task.operation, id).run()
        }
        guard let done else { return }
        context.output.result(ChangeText.document(id, done), text: ChangeText.lines(done))
    }
}
