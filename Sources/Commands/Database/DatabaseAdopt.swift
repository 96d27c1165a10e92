import ArgumentParser
import Catalog
import Operations
import PositionedJSON

/// `pgstanza db adopt ID --pgdata DIR`.
struct DatabaseAdopt: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Make a spec from a cluster that runs and its pgBackRest configuration.",
        discussion: """
            Looks at the server, its replicas on this machine and the configuration that its archive_command uses: stanza, \
            repositories, retention and options go into the spec as they are, so that no backup and no WAL segment is \
            lost. Nothing of the cluster is changed: "pgstanza db create SPEC" takes it over afterwards, and "pgstanza db \
            remove ID" lets it go again.

            Secrets of the configuration stand in the file that --write makes, which only its owner can read; what is \
            printed has them masked.
            """)

    @Argument(help: "The id that the database is to have.")
    var id: String

    @Option(help: ArgumentHelp("Data directory of the primary.", valueName: "directory"), completion: .directory)
    var pgdata: String

    @Option(
        help: ArgumentHelp(
            "pgBackRest's configuration; default is the one that archive_command names, else that of the host.",
            valueName: "file"),
        completion: .file())
    var config: String?

    @Option(
        help: ArgumentHelp("The database that the spec is about, where the cluster has several.", valueName: "name"))
    var database: String?

    @Option(help: ArgumentHelp("Write the spec to this new file.", valueName: "spec"), completion: .file())
    var write: String?

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func validate() throws {
        for path in [pgdata, config].compactMap({ $0 }) where !path.hasPrefix("/") {
            throw ValidationError("\(path) is not an absolute path")
        }
    }

    func execute(_ context: CommandContext) async throws {
        if let write, FileInformation.exists(write) {
            throw CommandsError(
                .refused, code: "file-exists", "\(write) is there already", hint: "name a file that is not")
        }
        let plain = pgdata.count > 1 && pgdata.hasSuffix("/") ? String(pgdata.dropLast()) : pgdata
        let result = try await AdoptDatabase(
            context.operation(), id, pgdata: plain, configuration: config, database: database
        ).run()
        for note in result.notes { context.output.info(note) }
        let shown = MaskedSpec.mask(result.document)
        guard let write else {
            context.output.result(shown, text: [shown.text(pretty: true)])
            return
        }
        try AtomicFile.write(result.document.text(pretty: true) + "\n", to: write, mode: 0o600)
        context.output.result(shown, text: ["wrote \(write)"])
        context.output.info("take the cluster over: pgstanza db create \(write)")
    }
}
