import ArgumentParser

/// `pgstanza db`.
struct DatabaseGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Databases: their specs, and what this host knows of them.",
        subcommands: [
            DatabaseValidate.self, DatabaseCreate.self, DatabaseUpdate.self, DatabaseList.self, DatabaseShow.self,
            DatabaseStart.self, DatabaseStop.self, DatabaseAdopt.self, DatabaseRemove.self, DatabaseSchema.self,
        ])
}
