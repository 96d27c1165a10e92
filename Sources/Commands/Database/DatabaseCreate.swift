import ArgumentParser
import Operations
import PositionedJSON

/// `pgstanza db create`.
struct DatabaseCreate: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a database from its spec, or take over clusters that are there already.",
        discussion: """
            Makes clusters, or adopts those it finds in the data directories; database, users and replicas; the stanza \
            configurations; turns archiving on and proves that WAL arrives; has several nodes replicate to each other, \
            with the provider of orchestrator_opts.local.replication or the best that is installed. A create that \
            failed or was killed goes on where it stands when the same command is run again. With nothing left to do \
            it does nothing.

            With restore_config in the spec the database is made from a backup: everything of the source, repository and \
            target is checked before anything is made, and a creation that fails all the same leaves nothing behind. \
            Backups go to the new database's own place from then on. Roles of the source that the spec does not name are \
            listed, and kept unless --drop-source-roles is given.
            """)

    @Argument(help: "The spec; - is standard input.", completion: .file(extensions: ["json"]))
    var spec: String

    @Option(help: ArgumentHelp("The database's id; default is that of the spec, else its database_name."))
    var id: String?

    @Flag(
        help: ArgumentHelp(
            "With restore_config: drop roles of the source that the spec does not name; what they own goes to the "
                + "database's owner."))
    var dropSourceRoles = false

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var dryRun: DryRunOptions
    @OptionGroup var locks: LockOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    var changesSchedules: Bool { !dryRun.dryRun }

    func execute(_ context: CommandContext) async throws {
        let request = try request()
        let wait = try locks.seconds(context)
        let plan = try await CreateDatabase(context.operation(), request).plan()
        for warning in plan.warnings { context.output.warning(warning) }
        if dryRun.dryRun || plan.isNothing {
            context.output.result(
                ChangeText.document(plan.database, plan.changes, files: plan.files),
                text: plan.isNothing
                    ? ["\(plan.database): nothing to do"] : ChangeText.lines(plan.changes, files: plan.files))
            return
        }
        if !plan.questions.isEmpty {
            let sentences = plan.questions.map { $0 + "." }.joined(separator: "\n")
            try await context.confirm(sentences, isAgreed: consent.yes)
        }
        let nodes = plan.nodes
        let done = try await context.runTask(TaskDescription("create", request.id, nodes: nodes, lockWait: wait)) {
            task in
            let done = try await CreateDatabase(task.operation, request).run(agreed: plan.questions)
            await task.operation.schedulesChanged(request.id)
            return done
        }
        guard let done else { return }
        context.output.result(
            ChangeText.document(done.database, done.changes, files: done.files),
            text: ["created the database \(done.database) with \(nodes.joined(separator: ", "))"])
        if done.archives {
            context.output.info("take its first backup: pgstanza backup \(done.database) --type full")
        }
    }

    private func request() throws -> CreateRequest {
        var request = try CreateRequest(
            try InputFiles.read(spec), file: InputFiles.displayName(spec), id: id)
        request.dropsSourceRoles = dropSourceRoles
        guard dropSourceRoles, request.spec.effectiveNodes.allSatisfy({ $0.restoreConfig == nil }) else {
            return request
        }
        throw CommandsError(
            .usage, code: "no-restore-config", "--drop-source-roles is for a database that is made from a backup",
            hint: "its spec has no restore_config")
    }
}
