import ArgumentParser
import Operations
import PositionedJSON
import Spec

/// `pgstanza backup`.
struct BackupCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Take backups.",
        discussion: """
            Without nodes: of every node of this host that the spec gives backups, side by side. Each of a node's \
            repositories gets a backup, one after the other, unless --repo names one. A node whose backups a restore \
            turned off is refused (73), after the others have been backed up.

            --schedule is for a crontab: nothing is done, and nothing said, where a fuller schedule is due at the same \
            minute, or the run is still going or was done already. It waits up to an hour for another schedule's \
            lesser backup.
            """)

    @Argument(help: "The database's id.", completion: DatabaseCompletion.kind)
    var id: String

    @Argument(help: ArgumentHelp("Only these nodes.", valueName: "node"))
    var nodes: [String] = []

    @Option(help: "full, diff or incr.")
    var type: BackupType?

    @Option(help: ArgumentHelp("Note KEY=VALUE in the backup; repeatable.", valueName: "key=value"))
    var annotation: [String] = []

    @Option(help: ArgumentHelp("An option of pgBackRest's backup command; repeatable.", valueName: "key=value"))
    var option: [String] = []

    @Option(
        help: ArgumentHelp("A request body with type, annotations and backup_options; - is standard input."),
        completion: .file(extensions: ["json"]))
    var request: String?

    @Option(help: ArgumentHelp("Only to the repository with this id.", valueName: "id"))
    var repo: String?

    @Option(help: ArgumentHelp("As this schedule of the spec says, noted as its run.", valueName: "id"))
    var schedule: String?

    @Option(
        help: ArgumentHelp(
            "end-session: end the server session of a pgbackrest that was killed, when it still keeps backups out.",
            valueName: "name"))
    var consent: [String] = []

    @Flag(help: "Return at once, and print the task's id.")
    var detach = false

    @OptionGroup var dryRun: DryRunOptions
    @OptionGroup var locks: LockOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func validate() throws {
        if type == nil && request == nil && schedule == nil {
            throw ValidationError("--type is missing: full, diff or incr")
        }
        let endSession = ConsentName.endSession.rawValue
        if let other = consent.first(where: { $0 != endSession }) {
            throw ValidationError("a backup asks for no consent called \"\(other)\"; there is \(endSession)")
        }
        if schedule != nil && (type != nil || request != nil) {
            throw ValidationError("--schedule says the type itself: leave --type and --request out")
        }
    }

    func execute(_ context: CommandContext) async throws {
        let wait = try locks.seconds(context, fallback: schedule == nil ? 0 : 3600)
        let order = try order()
        let plan = try await TakeBackups(context.operation()).plan(id, order)
        if dryRun.dryRun {
            context.output.result(ChangeText.document(id, plan.changes), text: ChangeText.lines(plan.changes))
            if let refusal = plan.refusal { throw refusal }
            return
        }
        let nodes = Set(plan.runs.map(\.node)).sorted()
        let description = TaskDescription("backup", id, nodes: nodes, detach: detach, lockWait: wait)
        _ = try await context.runTask(description) { task in
            let outcome = await TakeBackups(task.operation).run(plan, task: task.handle.id)
            context.output.endProgress()
            for run in outcome.skipped {
                task.operation.reporter.report(.info("\(run.schedule) of \(run.node) \(run.reason)"))
            }
            context.output.result(
                Self.document(outcome, task: task.handle.id), text: outcome.taken.map(BackupText.line))
            if let failure = outcome.failure { throw failure }
        }
    }

    /// Flags over the request body.
    private func order() throws -> BackupOrder {
        var order = BackupOrder(nodes: nodes, repository: repo, schedule: schedule)
        if let request {
            let body = try SpecReader.readBackupRequest(
                try InputFiles.read(request), file: InputFiles.displayName(request))
            order.type = body.type
            order.annotations = body.annotations
            order.options = body.backupOptions
        }
        if let type { order.type = type }
        order.endsAbandonedSession = !consent.isEmpty
        for (key, value) in try KeyValue.parse(annotation, option: "--annotation") { order.annotations[key] = value }
        for (key, value) in try KeyValue.parse(option, option: "--option") { order.options[key] = value }
        return order
    }

    private static func document(_ outcome: BackupOutcome, task: String) -> JSONTree {
        [
            "task": .string(task),
            "backups": .array(outcome.taken.map { BackupText.document($0) }),
            "skipped": .array(
                outcome.skipped.map {
                    ["node": .string($0.node), "schedule": .string($0.schedule), "reason": .string($0.reason)]
                }),
        ]
    }
}

extension BackupType: ExpressibleByArgument {}

/// `key=value` on the command line.
enum KeyValue {
    /// Splits each at its first `=`; throws (64) for one without, and for a key that is said twice.
    static func parse(_ texts: [String], option: String) throws -> [String: String] {
        var found: [String: String] = [:]
        for text in texts {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw CommandsError(
                    .usage, code: "usage", "\(option) takes KEY=VALUE, and \(text.debugDescription) is not that",
                    hint: "write it so: \(option) NAME=VALUE")
            }
            let key = String(text[..<equals])
            guard found[key] == nil else {
                throw CommandsError(.usage, code: "usage", "\(option) says \(key) twice", hint: "say it once")
            }
            found[key] = String(text[text.index(after: equals)...])
        }
        return found
    }
}
