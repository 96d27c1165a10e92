import ArgumentParser

/// The root of the command tree.
struct Pgstanza: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pgstanza",
        abstract: "Back up and restore Postgres databases with pgBackRest.",
        discussion: """
            Exit codes: 0 done, 1 failed, 64 wrong command line, 65 spec not valid, 66 no such thing, 69 program or \
            server missing, 70 defect, 73 refused, 75 busy, 77 not permitted, 130 and 143 interrupted.
            """,
        version: "pgstanza \(Version.current)",
        subcommands: [
            DatabaseGroup.self, BackupCommand.self, BackupsCommand.self, RestoreGroup.self, ScheduleGroup.self,
            TaskGroupCommand.self, DoctorCommand.self,
        ])
}
