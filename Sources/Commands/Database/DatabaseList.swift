import ArgumentParser
import PositionedJSON

/// `pgstanza db list`.
struct DatabaseList: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the databases that this host knows, with their instances.")

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let databases = try context.databases.list().map { record in
            let spec = try record.acceptedSpec(context.home)
            return (record, spec, InstanceRow.rows(of: record, spec: spec))
        }
        var table = TextTable([("database", .left)] + InstanceRow.columns)
        for (record, _, rows) in databases {
            for row in rows { table.add([record.id] + row.cells) }
        }
        context.output.result(
            [
                "databases": .array(
                    databases.map { record, spec, rows in
                        [
                            "id": .string(record.id), "database_name": .string(spec.databaseName),
                            "state": .string(record.state.rawValue), "nodes": .array(rows.map(\.document)),
                        ]
                    })
            ], text: table.lines)
        if databases.isEmpty { context.output.info("no database yet; 'pgstanza db create SPEC' makes one") }
    }
}
