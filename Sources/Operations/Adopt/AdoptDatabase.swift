import Catalog
import Failures
import PgBackRest
import PositionedJSON
import Postgres
import Replication
import Spec

/// Makes the spec of a cluster that runs. Changes nothing of it: `db create` with the spec takes it over.
public struct AdoptDatabase: Sendable {
    public let context: OperationContext
    public let id: String
    public let pgdata: String
    /// pgBackRest's configuration file; nil has it found out.
    public let configuration: String?
    /// The database that the spec is about; nil leaves the choice.
    public let database: String?

    public init(
        _ context: OperationContext, _ id: String, pgdata: String, configuration: String? = nil, database: String? = nil
    ) {
        self.context = context
        self.id = id
        self.pgdata = pgdata
        self.configuration = configuration
        self.database = database
    }

    /// What was made: the document, with secrets, and what a reader has to know.
    public struct Result: Sendable {
        public var document: JSONTree
        public var notes: [String]
    }

    /// Looks, and makes the spec. Throws `server-down` (69), `standby` and `cannot-adopt` (73), and what the spec's
    /// own rules say of what came out.
    public func run() async throws -> Result {
        try Names.checkDatabaseID(id)
        if Databases(home: context.home).exists(id) {
            throw OperationError(
                .refused, code: "database-exists", "there is a database \(id) already",
                hint: "give it another id, or see it: pgstanza db show \(id)")
        }
        let spec = try AdoptedSpec(try await AdoptionObserver(adoption: self).facts())
        // What is written is what can be read back.
        _ = try SpecReader.readDatabase(Array(spec.document.text(pretty: false).utf8), file: "the spec of \(id)")
        return Result(document: spec.document, notes: spec.notes)
    }
}

/// Looks at a running cluster and at its pgBackRest configuration.
struct AdoptionObserver {
    var adoption: AdoptDatabase

    private var pgdata: String { adoption.pgdata }

    func facts() async throws -> AdoptionFacts {
        guard let running = try PostmasterFile.alive(pgdata: pgdata) else {
            throw OperationError(
                .unavailable, code: "server-down", "no server runs in \(pgdata)",
                hint: "start it, or name the data directory of the one that runs")
        }
        guard let port = running.port, let socketDir = running.socketDir else {
            throw OperationError(
                .refused, code: "no-socket", "the server in \(pgdata) has no Unix socket",
                hint: "set unix_socket_directories, over which pgstanza and pgBackRest connect")
        }
        let owner = adoption.context.ownerName
        var facts = AdoptionFacts(
            id: adoption.id, hostID: adoption.context.host.hostID, pgdata: pgdata, port: port, superuser: owner,
            ownerName: owner, databases: [], wantedDatabase: adoption.database)
        let configuration = try await askServer(&facts, socketDir)
        try read(configuration, into: &facts)
        // Known only now: a configuration may name another role.
        let parameters = ConnectionParameters(
            host: socketDir, port: port, user: facts.superuser, database: "postgres")
        facts.participants = try await InventoryReader.read(parameters).lines
        return facts
    }

    /// Returns what archive_command says of the configuration.
    private func askServer(_ facts: inout AdoptionFacts, _ socketDir: String) async throws -> ArchiveCommandWords {
        let parameters = ConnectionParameters(
            host: socketDir, port: facts.port, user: facts.superuser, database: "postgres")
        let seen = try await Connection.with(parameters) { connection in
            let isStandby = try await connection.value("SELECT pg_is_in_recovery()") == "t"
            guard !isStandby else {
                throw OperationError(
                    .refused, code: "standby", "the server in \(pgdata) is a standby",
                    hint: "adopt its primary; this replica is found with it")
            }
            return (
                databases: try await connection.query(
                    "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"),
                command: try await connection.value("SHOW archive_command") ?? "",
                identifier: try await connection.value("SELECT system_identifier FROM pg_control_system()") ?? "",
                walsenders: try await connection.query(
                    """
                    SELECT application_name, coalesce(host(client_addr), '') AS address FROM pg_stat_replication
                    WHERE state = 'streaming' ORDER BY 1, 2
                    """)
            )
        }
        facts.databases = seen.databases.compactMap { $0[0] }
        facts.replicas = try await LocalReplicas(primaryPort: facts.port, identifier: seen.identifier).find()
        let remote = seen.walsenders.filter { !["", "127.0.0.1", "::1"].contains($0["address"] ?? "") }
        facts.replicasElsewhere = remote.map { "\($0["application_name"] ?? "") at \($0["address"] ?? "")" }
        return ArchiveCommandWords(seen.command)
    }

    private func read(_ words: ArchiveCommandWords, into facts: inout AdoptionFacts) throws {
        guard let configuration = try configuration(words) else { return }
        let stanzas = configuration.stanzas.filter { configuration.options(of: $0)["pg1-path"] == pgdata }
        guard let stanza = words.stanza ?? stanzas.first else {
            if adoption.configuration == nil { return }
            throw OperationError(
                .notFound, code: "no-stanza",
                "\(adoption.configuration ?? "") has no stanza whose pg1-path is \(pgdata)",
                hint: "its stanzas are \(configuration.stanzas.joined(separator: ", "))")
        }
        let options = configuration.options(of: stanza)
        if let other = options.keys.first(where: { $0.hasPrefix("pg") && $0.hasSuffix("-host") }) {
            throw OperationError(
                .refused, code: "cannot-adopt", "stanza \(stanza) is run from another host (\(other))",
                hint: "pgstanza runs on the host of the server: let pgBackRest run there too")
        }
        if let path = options["pg1-path"], RealPath.of(path) != RealPath.of(pgdata) {
            throw OperationError(
                .refused, code: "cannot-adopt", "the pg1-path of stanza \(stanza) is \(path), and not \(pgdata)",
                hint: "name the data directory of the stanza, or the configuration of this one with --config")
        }
        facts.stanza = stanza
        facts.options = options
        facts.commandOptions = configuration.commandOptions(of: stanza)
        facts.program = words.program
        if let user = options["pg1-user"] { facts.superuser = user }
    }

    /// The configuration that archive_command uses, or the one that was named; nil when there is none.
    private func configuration(_ words: ArchiveCommandWords) throws -> ExistingConfiguration? {
        let usual = ["/etc/pgbackrest/pgbackrest.conf", "/etc/pgbackrest.conf"]
        let named = adoption.configuration ?? words.configuration
        guard let path = named ?? (words.isPgBackRest ? usual.first(where: Directories.exists) : nil) else {
            return nil
        }
        var configuration = try ExistingConfiguration(try AtomicFile.readText(path))
        // Only the usual place has a directory of further files beside it.
        let more = "/etc/pgbackrest/conf.d"
        if named == nil, Directory.isDirectory(more) {
            for name in try Directory.names(in: more).sorted() where name.hasSuffix(".conf") {
                configuration.append(try ExistingConfiguration(try AtomicFile.readText("\(more)/\(name)")))
            }
        }
        return configuration
    }
}

/// What an archive_command that somebody wrote says of pgBackRest.
struct ArchiveCommandWords: Equatable {
    var isPgBackRest: Bool
    /// The program, where a path names it; nil for one that is found by its name.
    var program: String?
    var configuration: String?
    var stanza: String?

    init(_ command: String) {
        let words = command.split(whereSeparator: \.isWhitespace).map { word in
            String(word.filter { $0 != "'" && $0 != "\"" })
        }
        isPgBackRest = words.contains("archive-push") && words.contains { $0.hasSuffix("pgbackrest") }
        guard isPgBackRest else { return }
        let first = words.first { $0.hasSuffix("pgbackrest") } ?? ""
        program = first.hasPrefix("/") && ProgramPath.find("pgbackrest") != first ? first : nil
        func value(_ option: String) -> String? {
            if let word = words.first(where: { $0.hasPrefix("--\(option)=") }) {
                return String(word.dropFirst(option.count + 3))
            }
            guard let index = words.firstIndex(of: "--\(option)"), index + 1 < words.count else { return nil }
            return words[index + 1]
        }
        configuration = value("config")
        stanza = value("stanza")
    }
}
