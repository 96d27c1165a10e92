import ArgumentParser
import Spec

/// `pgstanza db schema`.
struct DatabaseSchema: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of specs, for editors.")

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    static var homeNeed: HomeOwner.Need { .none }

    func execute(_ context: CommandContext) async throws {
        context.output.raw(SpecSchema.jsonSchema.text(pretty: true))
    }
}
