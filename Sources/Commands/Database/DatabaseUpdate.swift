import ArgumentParser
import Operations
import PositionedJSON

/// `pgstanza db update ID [SPEC]`.
struct DatabaseUpdate: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Bring a database to another spec, or make what runs agree with the accepted one again.",
        discussion: """
            With SPEC, the differences from the present spec are looked for and done one after the other: settings, ports \
            and users, repositories and schedules, backups off and on again, replicas and nodes. What restarts or stops \
            something asks first, or needs --yes. The new spec is accepted before anything is changed, and an update that \
            was cut short goes on when it is run again, with SPEC or without. With nothing to do it says so.

            A node that the spec adds is new, comes from a backup (restore_config), or is a copy of a node that runs \
            (source_node). Among nodes that replicate it joins them while they are written to: every row arrives once, \
            and none of them stops. One that the spec leaves out is no longer kept anything for.

            Repositories that leave the spec keep what is in them: it stays listed and can be restored, and does not \
            expire. A repository that comes in gets a full backup at once.

            A restored node's backups go into a repository id of their own ("local" becomes "local-2"), so that the \
            backups from before the restore stay as they are, listed and restorable. The accepted spec then says so, \
            and a full backup is taken at once. Replicas that are missing are built, and those that can no longer follow \
            their primary are built anew.
            """)

    @Argument(help: "The database's id.", completion: DatabaseCompletion.kind)
    var id: String

    @Argument(
        help: "The new spec; - is standard input. Without it the accepted one is meant.",
        completion: .file(extensions: ["json"]))
    var spec: String?

    @Flag(
        help: ArgumentHelp(
            "Let backups that a restore turned off go on in the same repository; refused unless the cluster is the same "
                + "and its new timeline is whole in the archive."))
    var sameRepository = false

    @Flag(
        help: ArgumentHelp(
            "Let a repository that belongs to another system identifier go on with this cluster (pgbackrest "
                + "stanza-upgrade); its old backups stay restorable."))
    var stanzaUpgrade = false

    @OptionGroup var agreement: ConsentOptions
    @OptionGroup var dryRun: DryRunOptions
    @OptionGroup var lock: LockOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    var changesSchedules: Bool { !dryRun.dryRun }

    func execute(_ context: CommandContext) async throws {
        let request = try spec.map {
            try UpdateRequest(try InputFiles.read($0), file: InputFiles.displayName($0), id: id)
        }
        let (keepsRepository, upgradesStanza) = (sameRepository, stanzaUpgrade)
        func update(_ operation: OperationContext) -> UpdateDatabase {
            UpdateDatabase(
                operation, id, request, keepsRepository: keepsRepository, upgradesStanza: upgradesStanza)
        }
        let planned = try await update(context.operation()).plan()
        for warning in planned.warnings { context.output.warning(warning) }
        guard !planned.isNothing, !dryRun.dryRun else {
            context.output.result(
                ChangeText.document(id, planned.changes, files: planned.files),
                text: planned.isNothing
                    ? ["\(id) is as its spec says; nothing to do"]
                    : ChangeText.lines(planned.changes, files: planned.files))
            return
        }
        try await confirm(planned, context)
        let done = try await context.runTask(
            TaskDescription("update", id, nodes: planned.nodes, lockWait: try lock.seconds(context))
        ) { task in
            let done = try await update(task.operation).run(agreed: planned.questions)
            await task.operation.schedulesChanged(id)
            return done
        }
        guard let done else { return }
        context.output.result(
            ChangeText.document(id, done.changes, files: done.files), text: ChangeText.lines(done.changes))
    }

    /// Asks about what stops or replaces something; on a terminal about everything.
    private func confirm(_ plan: UpdatePlan, _ context: CommandContext) async throws {
        if agreement.yes { return }
        if context.terminal.inputIsTerminal {
            for line in ChangeText.lines(plan.changes) { context.output.info(line) }
        }
        if !plan.questions.isEmpty {
            try await context.confirm(plan.questions.map { $0 + "." }.joined(separator: "\n"), isAgreed: false)
        } else if context.terminal.inputIsTerminal {
            try await context.confirm("This changes \(id).", isAgreed: false)
        }
    }
}
