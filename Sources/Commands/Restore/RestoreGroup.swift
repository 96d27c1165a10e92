import ArgumentParser

/// `restore`: in place, in eight steps; its subcommands deal with a plan or with a restore that has begun.
struct RestoreGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore nodes in place from a backup.",
        usage: """
            pgstanza restore <id> [<request>] [<options>]
            pgstanza restore <subcommand>
            """,
        discussion: "The options of the first form: pgstanza restore in-place --help",
        subcommands: [
            RestoreCommand.self, RestoreApplyCommand.self, RestoreResumeCommand.self, RestoreAbortCommand.self,
            RestoreStatusCommand.self, RestoreUndoCommand.self, RestoreVerifyCommand.self,
        ],
        defaultSubcommand: RestoreCommand.self)
}
