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
            configurations; turns archiving on and proves that WAL arrives. A create that failed or was killed goes on \
            where it stands when the same command is run again. With nothing left to do it does nothing.
            """)

    @Argument(help: "The spec; - is standard input.", completion: .file(extensions: ["json"]))
    var spec: String

    @Option(help: ArgumentHelp("The database's id; default is that of the spec, else its database_name."))
    var id: String?

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var dryRun: DryRunOptions
    @OptionGroup var locks: LockOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let request = try CreateRequest(
            try InputFiles.read(spec), file: InputFiles.displayName(spec), id: id)
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
            try await CreateDatabase(task.operation, request).run(agreed: plan.questions)
        }
        guard let done else { return }
        context.output.result(
            ChangeText.document(done.database, done.changes, files: done.files),
            text: ["created the database \(done.database) with \(nodes.joined(separator: ", "))"])
        if done.archives {
            context.output.info("take its first backup: pgstanza backup \(done.database) --type full")
        }
    }
}
