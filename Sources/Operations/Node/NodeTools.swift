import Catalog
import Failures
import FoundationEssentials
import PgBackRest
import Postgres
import Spec

/// The programs, connections and directories of nodes, as the operations use them.
public struct NodeTools: Sendable {
    public let context: OperationContext

    public init(_ context: OperationContext) { self.context = context }

    /// Which of a node's stanza configurations a pgBackRest command reads.
    public enum Configuration: Sendable {
        case backup
        case restore
    }

    /// pgBackRest with one of the node's configuration files.
    public func backrest(_ node: NodePlacement, _ configuration: Configuration = .backup) -> PgBackRest {
        backrest(node, configPath: configuration == .backup ? node.backupConfigPath : node.restoreConfigPath)
    }

    /// pgBackRest for the node with any configuration file.
    public func backrest(_ node: NodePlacement, configPath: String) -> PgBackRest {
        PgBackRest(program: node.pgbackrestProgram, configPath: configPath, stanza: node.stanza)
    }

    /// Where an instance is, with the programs that fit its data directory.
    public func location(_ instance: InstancePlacement, of node: NodePlacement) throws -> InstanceLocation {
        InstanceLocation(
            pgdata: instance.pgdata, port: instance.port, socketDir: instance.socketDir,
            binDir: try programs(for: instance, of: node).binDir, logFile: instance.logFile,
            superuser: node.superuser)
    }

    /// The Postgres programs of an instance: those the spec or the record names, else those of the data directory's
    /// major version (of its primary's, for a replica that is still to be made), else of the version that the spec asks
    /// for, else the newest installed.
    public func programs(for instance: InstancePlacement, of node: NodePlacement) throws -> Programs {
        let primary = node.primary.isHere ? node.primary : nil
        if let binDir = instance.binDir ?? primary?.binDir { return Programs(binDir: binDir) }
        let major =
            Self.majorVersion(of: instance.pgdata) ?? primary.flatMap { Self.majorVersion(of: $0.pgdata) }
            ?? node.spec.postgresVersion?.major
        return try Programs.find(major: major)
    }

    /// The major version that a data directory's PG_VERSION names; nil when there is none.
    public static func majorVersion(of pgdata: String) -> Int? {
        guard let data = FileManager.default.contents(atPath: "\(pgdata)/PG_VERSION") else { return nil }
        return Int(String(decoding: data, as: UTF8.self).prefix { $0.isNumber })
    }

    /// How the superuser reaches an instance of this machine: over its socket.
    public func parameters(
        _ instance: InstancePlacement, of node: NodePlacement, database: String = "postgres",
        connectTimeout: Double = 10
    ) -> ConnectionParameters {
        ConnectionParameters(
            host: instance.socketDir, port: instance.port, user: node.superuser, database: database,
            connectTimeout: connectTimeout)
    }

    /// A connection as the superuser; the caller closes it.
    public func connect(
        to instance: InstancePlacement, of node: NodePlacement, database: String = "postgres"
    ) async throws -> Connection {
        try await Connection.open(parameters(instance, of: node, database: database))
    }

    /// Connects as the superuser, hands the connection over, and closes it whatever happens.
    public func withConnection<Result: Sendable>(
        to instance: InstancePlacement, of node: NodePlacement, database: String = "postgres",
        _ body: @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        try await Connection.with(parameters(instance, of: node, database: database), body)
    }
}
