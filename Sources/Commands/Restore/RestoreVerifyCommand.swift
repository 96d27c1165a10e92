import ArgumentParser
import Operations

/// `restore verify ID`: compares table contents between nodes.
struct RestoreVerifyCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare table contents between nodes.",
        discussion: """
            Reads every table that is replicated between the nodes, or, where nothing is, every table that all of them \
            have; on each node in one read-only snapshot, after waiting for what is still on its way. Compares row \
            counts and checksums that do not depend on the order of rows, and lists the keys under which the nodes do \
            not have the same. What differs is looked at again before it counts.

            Exit status is 0 when all tables are equal and 1 when one is not or could not be compared.
            """)

    @Argument(help: ArgumentHelp("The database's id.", valueName: "id"), completion: DatabaseCompletion.kind)
    var id: String

    @Argument(help: ArgumentHelp("Compare these nodes only.", valueName: "node"))
    var nodes: [String] = []

    @Option(
        help: ArgumentHelp(
            "Compare this table only, with or without its schema, replicated or not; repeatable.", valueName: "name"))
    var table: [String] = []

    @Option(help: ArgumentHelp("How many keys that differ are listed for each table.", valueName: "number"))
    var limit = 20

    @Option(help: ArgumentHelp("How many tables are compared at the same time.", valueName: "number"))
    var jobs = 2

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func validate() throws {
        guard (0...100_000).contains(limit) else { throw ValidationError("--limit needs a number from 0 to 100000") }
        guard (1...32).contains(jobs) else { throw ValidationError("--jobs needs a number from 1 to 32") }
    }

    func execute(_ context: CommandContext) async throws {
        let request = VerifyRequest(id: id, nodes: nodes, tables: table, limit: limit, jobs: jobs)
        let report = try await VerifyDatabase(context.operation(), request).run()
        context.output.endProgress()
        let text = VerifyReportText(report)
        context.output.result(text.document, text: text.lines)
        try report.requireEqual()
    }
}
