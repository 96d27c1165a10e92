import ArgumentParser
import Catalog
import Operations
import PositionedJSON

/// `pgstanza db show`.
struct DatabaseShow: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a database: its instances and its accepted spec, secrets masked.")

    @Argument(help: ArgumentHelp("The database's id.", valueName: "id"), completion: DatabaseCompletion.kind)
    var id: String

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let record = try context.databases.load(id)
        let spec = try record.acceptedSpec()
        let rows = try await InstanceRow.rows(of: record, context.operation())
        var table = TextTable(InstanceRow.columns)
        rows.forEach { table.add($0.cells) }
        let shown = MaskedSpec.mask(record.spec)
        context.output.result(
            [
                "id": .string(record.id), "database_name": .string(spec.databaseName),
                "revision": .integer(Int64(record.revision)), "accepted_at": JSONTree(record.acceptedAt),
                "state": .string(record.state.rawValue), "nodes": .array(rows.map(\.document)),
                "system_identifiers": .object(
                    record.nodes.compactMapValues { $0.systemIdentifier.map { .string($0) } }),
                "spec": shown,
            ],
            text: [
                "database     \(record.id) (\(spec.databaseName))",
                "state        \(record.state.rawValue)",
                "revision     \(record.revision), accepted \(record.acceptedAt.iso8601)",
                "",
            ] + table.lines + [""] + shown.text(pretty: true).split(separator: "\n").map(String.init))
    }
}

/// Completion of database ids on the command line.
enum DatabaseCompletion {
    static let kind = CompletionKind.custom { _, _, _ in
        let environment = Environment.current()
        return (try? Databases(home: Home(path: environment["PGSTANZA_HOME"] ?? Home.defaultPath)).ids()) ?? []
    }
}
