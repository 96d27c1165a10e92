import ArgumentParser
import PositionedJSON

/// `pgstanza doctor`.
struct DoctorCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Is this host fit: programs, user, permissions, clock and directories.",
        discussion: "Changes nothing. Exit code 1 when something will not work; each finding says how to mend it.")

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    static var homeNeed: HomeOwner.Need { .tolerant }

    func execute(_ context: CommandContext) async throws {
        let findings =
            HomeFindings(home: context.home).findings + [await ClockFinding.look()]
            + (await ProgramFindings.look(context))
        let worst: Finding.State =
            findings.contains { $0.state == .failed }
            ? .failed : findings.contains { $0.state == .warning } ? .warning : .ok
        context.output.result(
            ["state": .string(worst.rawValue), "findings": .array(findings.map(\.document))],
            text: findings.flatMap { $0.lines(colors: context.output.style.colorsOutput) })
        if worst == .failed {
            if context.output.style.isQuiet {
                for finding in findings where finding.state == .failed {
                    finding.lines(colors: false).forEach(context.output.always)
                }
            }
            throw QuietExit(status: ExitStatus.code(for: .operation))
        }
    }
}
