/// What only a tool on the host itself must know: `orchestrator_opts.local`. Everything is optional.
public struct LocalOptions: Sendable, Equatable {
    /// Data directory of the primary.
    public var pgdata: String?
    /// The same per host id, for replicas.
    public var instances: [String: LocalInstance]
    /// Directory of the Postgres programs.
    public var binDir: String?
    public var socketDir: String?
    /// Where peers reach this node.
    public var address: String?
    /// Role that pgstanza and pgBackRest connect as.
    public var superuser: String?
    public var service: ServiceKind?
    public var replication: ReplicationOptions?
    public var pgbackrest: PgBackRestOptions
    /// Argument lists by event name: `before_backup`, `after_backup`, `before_restore`, `after_restore`, `on_failure`.
    public var hooks: [String: [String]]

    public init(
        pgdata: String? = nil, instances: [String: LocalInstance] = [:], binDir: String? = nil,
        socketDir: String? = nil, address: String? = nil, superuser: String? = nil, service: ServiceKind? = nil,
        replication: ReplicationOptions? = nil, pgbackrest: PgBackRestOptions = PgBackRestOptions(),
        hooks: [String: [String]] = [:]
    ) {
        self.pgdata = pgdata
        self.instances = instances
        self.binDir = binDir
        self.socketDir = socketDir
        self.address = address
        self.superuser = superuser
        self.service = service
        self.replication = replication
        self.pgbackrest = pgbackrest
        self.hooks = hooks
    }

    /// These options, with everything they leave open taken from `base`.
    public func merged(over base: LocalOptions) -> LocalOptions {
        LocalOptions(
            pgdata: pgdata ?? base.pgdata,
            instances: base.instances.merging(instances) { $1 },
            binDir: binDir ?? base.binDir,
            socketDir: socketDir ?? base.socketDir,
            address: address ?? base.address,
            superuser: superuser ?? base.superuser,
            service: service ?? base.service,
            replication: replication ?? base.replication,
            pgbackrest: PgBackRestOptions(
                bin: pgbackrest.bin ?? base.pgbackrest.bin,
                stanza: pgbackrest.stanza ?? base.pgbackrest.stanza,
                options: base.pgbackrest.options.merging(pgbackrest.options) { $1 }),
            hooks: base.hooks.merging(hooks) { $1 })
    }
}

/// Place of one instance on one host.
public struct LocalInstance: Sendable, Equatable {
    public var pgdata: String?
    public var port: Int?
    public init(pgdata: String? = nil, port: Int? = nil) {
        self.pgdata = pgdata
        self.port = port
    }
}

/// Who starts and stops a server.
public enum ServiceKind: Sendable, Equatable {
    case pgCtl
    case systemd(unit: String)
    /// Debian's wrapper; version and cluster name are found from the data directory.
    case pgCtlCluster
}

/// How rows get from node to node.
public struct ReplicationOptions: Sendable, Equatable {
    public enum Provider: String, Sendable, Equatable, CaseIterable {
        case spock
        case pglogical
        case native
        case none
    }
    public var provider: Provider
    public var holdingSlots: Bool
    public init(provider: Provider, holdingSlots: Bool = false) {
        self.provider = provider
        self.holdingSlots = holdingSlots
    }
}

/// What the spec says about the pgbackrest program itself.
public struct PgBackRestOptions: Sendable, Equatable {
    /// Name or absolute path of the program.
    public var bin: String?
    public var stanza: String?
    /// For the `[global]` section; win over pgstanza's tuned ones.
    public var options: [String: String]
    public init(bin: String? = nil, stanza: String? = nil, options: [String: String] = [:]) {
        self.bin = bin
        self.stanza = stanza
        self.options = options
    }
}
