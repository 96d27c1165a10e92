import ArgumentParser
import PositionedJSON
import Spec

/// `pgstanza db validate`.
struct DatabaseValidate: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a spec or a request without touching anything.",
        discussion: """
            Prints every problem with its line and column, not only the first. Takes specs and the request bodies of \
            backups and restores; which it is, the keys tell. Exit code 65 when there is a problem.
            """)

    @Argument(help: "The file; - is standard input.", completion: .file(extensions: ["json"]))
    var spec: String

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    static var homeNeed: HomeOwner.Need { .none }

    func execute(_ context: CommandContext) async throws {
        let name = InputFiles.displayName(spec)
        let document = try SpecReader.readAny(try InputFiles.read(spec), file: name)
        let summary = Summary(document)
        for warning in summary.warnings { context.output.warning("\(name): \(warning)") }
        context.output.result(
            [
                "valid": true, "file": .string(name), "document": .string(summary.kind), "id": JSONTree(summary.id),
                "warnings": JSONTree(summary.warnings), "not_used": JSONTree(summary.notUsed),
            ], text: ["\(name): \(summary.text)"])
    }

    /// What a valid document is, in a few words.
    private struct Summary {
        var kind: String
        var text: String
        var id: String?
        var warnings: [String] = []
        var notUsed: [String] = []

        init(_ document: SpecDocument) {
            switch document {
            case .database(let spec):
                kind = "database"
                id = spec.id
                warnings = SpecReader.warnings(for: spec)
                notUsed = spec.notUsed
                let nodes = spec.nodes.map(\.name).joined(separator: ", ")
                text = "valid spec of the database \"\(spec.id ?? spec.databaseName)\" with \(nodes)"
            case .restore(let request):
                kind = "restore"
                let nodes = request.targetNodes
                text = "valid restore request for \(nodes.isEmpty ? "every node" : nodes.joined(separator: ", "))"
            case .backup(let request):
                kind = "backup"
                text = "valid request for a \(request.type.rawValue) backup"
            }
        }
    }
}
