import Catalog
import Failures
import Postgres
import Spec

/// Makes the spec's database and users in a node's server, and runs its scripts, each once.
struct DatabaseMaker {
    var tools: NodeTools
    var spec: DatabaseSpec
    var facts: CreateFacts
    var keeper: RecordKeeper

    private var node: NodePlacement { facts.node }

    func run() async throws {
        try await runScripts(facts.isAdopted ? [] : spec.scripts.postInit, database: "postgres", name: "post_init")
        say("making users and the database")
        try await tools.ensureRoles(of: node, users: spec.users, existing: facts.isAdopted ? .keep : .alter)
        try await makeDatabase()
        if await isOurs {
            try await runScripts(
                spec.scripts.postDatabaseCreate, database: spec.databaseName, name: "post_database_create")
        }
    }

    /// Whether the database did not exist before this create, or an earlier try of it.
    private var isOurs: Bool {
        get async { await keeper.record.nodes[node.name]?.createdDatabase ?? false }
    }

    private func makeDatabase() async throws {
        let name = spec.databaseName
        let owner = spec.users.first(where: \.isOwner)?.username
        try await tools.withConnection(to: node.primary, of: node) { connection in
            let exists = try await connection.value("SELECT 1 FROM pg_database WHERE datname = $1", [name]) != nil
            if !exists {
                // Noted first: a create that is killed behind this line still owes the database its scripts.
                try await keeper.update(node: node.name) { $0.createdDatabase = true }
                let ownership = owner.map { " OWNER \(SQL.identifier($0))" } ?? ""
                try await connection.execute("CREATE DATABASE \(SQL.identifier(name))\(ownership)", timeout: 600)
            } else if await isOurs, let owner {
                try await connection.execute(
                    "ALTER DATABASE \(SQL.identifier(name)) OWNER TO \(SQL.identifier(owner))")
            }
        }
    }

    private func runScripts(_ scripts: [String], database: String, name: String) async throws {
        guard !scripts.isEmpty else { return }
        var parameters = tools.parameters(node.primary, of: node, database: database)
        parameters.settings = ConnectionParameters.usersSearchPath
        try await Connection.with(parameters) { connection in
            try await ScriptRunner(connection: connection, database: database, name: "scripts.\(name)")
                .run(scripts, say: say)
        }
    }

    /// Takes the marks of scripts that were run out of the server.
    func forgetMarks() async throws {
        try await tools.withConnection(to: node.primary, of: node) { connection in
            for (scripts, database) in [
                (spec.scripts.postInit, "postgres"), (spec.scripts.postDatabaseCreate, spec.databaseName),
            ] where !scripts.isEmpty {
                try await ScriptRunner.forget(connection, database: database)
            }
        }
    }

    @Sendable private func say(_ text: String) {
        tools.context.reporter.report(.phase(node: node.name, text: text))
    }
}
