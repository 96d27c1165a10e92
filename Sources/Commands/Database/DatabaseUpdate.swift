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

    @Flag(
        help: ArgumentHelp(
            "Let backups that a restore turned off go on in the same repository; refused unless the cluster is the same "
                + "and its new timeline is whole in the archive."))
    var sameRepository = false

    @OptionGroup var agreement: ConsentOptions
    @OptionGroup var dryRun: DryRunOptions
    @OptionGroup var lock: LockOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let planned = try UpdateDatabase(context.operation(), id, keepsRepository: sameRepository).plan()
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
        let keepsRepository = sameRepository
        let done = try await context.runTask(
            TaskDescription("update", id, nodes: nodes, lockWait: try lock.seconds(context))
        ) { task in
            try await UpdateDatabase(task.operation, id, keepsRepository: keepsRepository).run()
        }
        guard let done else { return }
        context.output.result(ChangeText.document(id, done), text: ChangeText.lines(done))
    }
}
