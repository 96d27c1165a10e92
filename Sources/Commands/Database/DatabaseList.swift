import ArgumentParser
import Catalog
import Operations
import PositionedJSON

/// `pgstanza db list`.
struct DatabaseList: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the databases that this host knows, with their instances.")

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let operation = context.operation()
        var databases: [(record: DatabaseRecord, name: String, rows: [InstanceRow])] = []
        for record in try context.databases.list() {
            let name = try record.acceptedSpec().databaseName
            databases.append((record, name, try await InstanceRow.rows(of: record, operation)))
        }
        var table = TextTable([("database", .left)] + InstanceRow.columns)
        for (record, _, rows) in databases {
            for row in rows { table.add([record.id] + row.cells) }
        }
        context.output.result(
            [
                "databases": .array(
                    databases.map { record, name, rows in
                        [
                            "id": .string(record.id), "database_name": .string(name),
                            "state": .string(record.state.rawValue), "nodes": .array(rows.map(\.document)),
                        ]
                    })
            ], text: table.lines)
        if databases.isEmpty { context.output.info("no database yet; 'pgstanza db create SPEC' makes one") }
    }
}
