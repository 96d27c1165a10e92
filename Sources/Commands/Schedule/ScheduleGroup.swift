import ArgumentParser

/// `schedule`: backups at their times.
struct ScheduleGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Look at schedules, run what is due, and hand it to the host's own scheduler.",
        subcommands: [
            ScheduleListCommand.self, ScheduleNext.self, ScheduleRunDue.self, ScheduleRunCommand.self,
            ScheduleInstallCommand.self, ScheduleUninstall.self,
        ])
}
