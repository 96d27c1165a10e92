/// A Postgres database as its DBA describes it: the `spec` object of the control plane's request bodies.
///
/// Values are as written, with defaults not yet filled in where the default depends on the host; see
/// ``EffectiveNode`` for what one node ends up with.
public struct DatabaseSpec: Sendable, Equatable {
    /// The database's id, when the file names one (`id` beside or inside `spec`).
    public var id: String?
    public var databaseName: String
    /// TCP port of every node that names none itself; 0 asks for a free one.
    public var port: Int?
    public var postgresVersion: PostgresVersion?
    /// Server settings by name; numbers and booleans of the JSON are kept as Postgres reads them.
    public var postgresqlConf: [String: String]
    public var pgHBAConf: [String]
    public var pgIdentConf: [String]
    public var scripts: Scripts
    public var users: [DatabaseUser]
    public var nodes: [NodeSpec]
    public var backupConfig: BackupConfig?
    public var restoreConfig: RestoreConfig?
    public var local: LocalOptions
    /// Paths of keys that were accepted and are of no use to a backup tool, in the order of the file.
    public var notUsed: [String]

    public init(
        id: String? = nil, databaseName: String, port: Int? = nil, postgresVersion: PostgresVersion? = nil,
        postgresqlConf: [String: String] = [:], pgHBAConf: [String] = [], pgIdentConf: [String] = [],
        scripts: Scripts = Scripts(), users: [DatabaseUser] = [], nodes: [NodeSpec],
        backupConfig: BackupConfig? = nil, restoreConfig: RestoreConfig? = nil,
        local: LocalOptions = LocalOptions(), notUsed: [String] = []
    ) {
        self.id = id
        self.databaseName = databaseName
        self.port = port
        self.postgresVersion = postgresVersion
        self.postgresqlConf = postgresqlConf
        self.pgHBAConf = pgHBAConf
        self.pgIdentConf = pgIdentConf
        self.scripts = scripts
        self.users = users
        self.nodes = nodes
        self.backupConfig = backupConfig
        self.restoreConfig = restoreConfig
        self.local = local
        self.notUsed = notUsed
    }
}

/// A Postgres version as specs write it: `NN.N`.
public struct PostgresVersion: Sendable, Hashable, CustomStringConvertible {
    public var major: Int
    public var minor: Int
    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }
    public var description: String { "\(major).\(minor)" }
}

/// SQL that is run once, when the database is created.
public struct Scripts: Sendable, Equatable {
    /// Run in the maintenance database, before the database exists.
    public var postInit: [String]
    /// Run in the new database.
    public var postDatabaseCreate: [String]
    public init(postInit: [String] = [], postDatabaseCreate: [String] = []) {
        self.postInit = postInit
        self.postDatabaseCreate = postDatabaseCreate
    }
}

/// A role that the spec asks for.
public struct DatabaseUser: Sendable, Equatable {
    public var username: String
    public var password: Secret?
    public var isOwner: Bool
    /// Role attributes as `CREATE ROLE` takes them, such as `SUPERUSER` or `LOGIN`.
    public var attributes: [String]
    /// Roles it becomes a member of.
    public var roles: [String]
    public init(
        username: String, password: Secret? = nil, isOwner: Bool = false, attributes: [String] = [],
        roles: [String] = []
    ) {
        self.username = username
        self.password = password
        self.isOwner = isOwner
        self.attributes = attributes
        self.roles = roles
    }
}

/// One node: a primary on the first host and read replicas on the others.
public struct NodeSpec: Sendable, Equatable {
    public var name: String
    public var hostIDs: [String]
    public var sourceNode: String?
    public var port: Int?
    public var postgresVersion: PostgresVersion?
    public var postgresqlConf: [String: String]
    public var pgHBAConf: [String]
    public var pgIdentConf: [String]
    /// The node's own; replaces the database's as a whole.
    public var backupConfig: BackupConfig?
    /// The node's own; replaces the database's as a whole.
    public var restoreConfig: RestoreConfig?
    /// The node's own; merged over the database's key by key.
    public var local: LocalOptions

    public init(
        name: String, hostIDs: [String], sourceNode: String? = nil, port: Int? = nil,
        postgresVersion: PostgresVersion? = nil, postgresqlConf: [String: String] = [:], pgHBAConf: [String] = [],
        pgIdentConf: [String] = [], backupConfig: BackupConfig? = nil, restoreConfig: RestoreConfig? = nil,
        local: LocalOptions = LocalOptions()
    ) {
        self.name = name
        self.hostIDs = hostIDs
        self.sourceNode = sourceNode
        self.port = port
        self.postgresVersion = postgresVersion
        self.postgresqlConf = postgresqlConf
        self.pgHBAConf = pgHBAConf
        self.pgIdentConf = pgIdentConf
        self.backupConfig = backupConfig
        self.restoreConfig = restoreConfig
        self.local = local
    }
}
