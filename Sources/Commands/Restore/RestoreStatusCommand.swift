import ArgumentParser
import Operations

/// `restore status ID`: the eight steps, and where each node stands.
struct RestoreStatusCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the eight steps of the last restore and where each node stands.")

    @Argument(help: "The database's id.")
    var id: String

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let service = RestoreService(context: context.operation())
        let report = try await service.status(id)
        context.output.result(RestoreReportText(report).document, text: RestoreReportText(report).lines)
    }
}
