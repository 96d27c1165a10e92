import ArgumentParser

/// `restore apply PLAN`: runs exactly a saved plan, or refuses when what it rests on has moved.
struct RestoreApplyCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Run exactly a saved plan, or refuse when what it rests on has moved.")

    @Argument(help: "A file that --save-plan wrote.", completion: .file())
    var file: String

    @OptionGroup(title: "How")
    var how: RestoreRunOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    var changesSchedules: Bool { !how.detach }

    func execute(_ context: CommandContext) async throws {
        var (plan, repository) = try RestorePlanFile.read(file)
        plan.order.consents.formUnion(how.consents)
        if how.dryRun.dryRun {
            context.output.result(RestorePlanText(plan).document, text: RestorePlanText(plan).lines)
            return
        }
        try await RestoreRunner(context: context, how: how).run(plan, repository: repository)
    }
}
