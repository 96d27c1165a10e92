import ArgumentParser
import Operations
import PositionedJSON
import Spec

/// `restore ID [REQUEST]`: plans, asks, and runs the eight steps.
struct RestoreCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "in-place",
        abstract: "Restore nodes in place from a backup, in eight steps; its name may be left out.",
        usage: """
            pgstanza restore <id> [<request>] [<options>]
            pgstanza restore <id> --target '2026-03-01 12:00:00+00' --plan
            """,
        discussion: """
            Without options every node is restored from its newest backup to the end of its archived WAL. \
            Everything that can be known is checked first; --plan shows what would be done and changes nothing. \
            Afterwards backups of the restored nodes are off; "pgstanza db update ID" turns them on again, into a \
            repository id of their own.
            """)

    @Argument(help: "The database's id.")
    var id: String

    @Argument(help: "A request file as the control plane takes it; - is standard input.", completion: .file())
    var request: String?

    @OptionGroup(title: "What to restore")
    var source: RestoreSourceOptions

    @OptionGroup var planning: RestorePlanOptions

    @OptionGroup(title: "How")
    var how: RestoreRunOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    var changesSchedules: Bool { !how.detach }

    func execute(_ context: CommandContext) async throws {
        let body = try request.map { name in
            try SpecReader.readRestoreRequest(try InputFiles.read(name), file: name == "-" ? "standard input" : name)
        }
        let flags = try source.flags(how)
        let wanted = body ?? RestoreRequest()
        let looking = RestoreService(context: context.operation(lockWait: try how.lock.seconds(context)))
        let plan = try await looking.plan(id, request: wanted, flags: flags)
        let repository = flags.repository ?? wanted.restoreConfig?.repository
        try await RestoreRunner(context: context, how: how).show(planning, orRun: plan, repository: repository)
    }
}
