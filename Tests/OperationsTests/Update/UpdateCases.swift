import Catalog
import Spec
import Testing

@testable import Operations

/// One change of a spec, with what it comes to.
struct UpdateCase: Sendable, CustomTestStringConvertible {
    var name: String
    var change: @Sendable (inout DatabaseSpec) -> Void
    var seen: @Sendable (inout UpdateFacts) -> Void = { _ in }
    /// Actions with what they are about, in order.
    var steps: [String]
    /// Whether something has to be agreed to.
    var asks = false

    var testDescription: String { name }
}

/// The spec that every case begins with, and the cases.
enum UpdateCases {
    static func repository(_ id: String, _ path: String = "/b", _ change: (inout Repository) -> Void = { _ in })
        -> Repository
    {
        var repository = Repository(id: id, kind: .posix, basePath: path)
        change(&repository)
        return repository
    }

    static let boss = DatabaseUser(
        username: "boss", password: .literal("one"), isOwner: true, attributes: ["LOGIN", "CREATEDB"], roles: ["staff"])

    static let spec = DatabaseSpec(
        databaseName: "app", port: 6000, postgresqlConf: ["work_mem": "4MB", "max_connections": "50"],
        pgHBAConf: ["host all all 10.0.0.0/8 scram-sha-256"], pgIdentConf: ["m a b"], users: [boss],
        nodes: [NodeSpec(name: "n1", hostIDs: ["host-1", "host-2"])],
        backupConfig: BackupConfig(
            repositories: [repository("local")],
            schedules: [Schedule(id: "night", type: .full, cronExpression: "0 2 * * *")]))

    /// What is seen of a node that is as the spec says.
    static var facts: UpdateFacts {
        UpdateFacts(
            port: 6000, restartSettings: ["max_connections", "shared_buffers", "listen_addresses"],
            roles: ["boss", "staff"], databaseOwner: "boss", systemIdentifier: "71",
            replicas: ["host-2": .fits])
    }

    private static func off(_ facts: inout UpdateFacts) { facts.backups = .off }

    static let all: [UpdateCase] = settings + users + backups + instances

    static let settings: [UpdateCase] = [
        UpdateCase(name: "nothing", change: { _ in }, steps: []),
        UpdateCase(name: "the id", change: { $0.id = "app" }, steps: []),
        UpdateCase(
            name: "a setting's value", change: { $0.postgresqlConf["work_mem"] = "8MB" },
            steps: ["change-setting work_mem"]),
        UpdateCase(
            name: "a setting that is new", change: { $0.postgresqlConf["log_connections"] = "on" },
            steps: ["change-setting log_connections"]),
        UpdateCase(
            name: "a setting that is gone", change: { $0.postgresqlConf["work_mem"] = nil },
            steps: ["change-setting work_mem"]),
        UpdateCase(
            name: "a setting that takes a restart", change: { $0.postgresqlConf["max_connections"] = "60" },
            steps: ["change-setting max_connections", "restart"], asks: true),
        UpdateCase(
            name: "a node's own setting", change: { $0.nodes[0].postgresqlConf["work_mem"] = "16MB" },
            steps: ["change-setting work_mem"]),
        UpdateCase(
            name: "a setting with a key of its own", change: { $0.postgresqlConf["archive_mode"] = "off" },
            steps: ["accept"]),
        UpdateCase(
            name: "the port", change: { $0.port = 6100 }, seen: { $0.isConfigurationCurrent = false },
            steps: ["change-port port", "restart", "write-configuration"], asks: true),
        UpdateCase(
            name: "the address", change: { $0.local.address = "10.0.0.5" },
            steps: ["change-setting listen_addresses", "restart"], asks: true),
        UpdateCase(
            name: "a line of pg_hba_conf more", change: { $0.pgHBAConf.append("local all all peer") },
            steps: ["change-hba pg_hba.conf"]),
        UpdateCase(
            name: "a node's own line", change: { $0.nodes[0].pgHBAConf = ["local all all peer"] },
            steps: ["change-hba pg_hba.conf"]),
        UpdateCase(
            name: "no pg_hba_conf", change: { $0.pgHBAConf = [] }, steps: ["change-hba pg_hba.conf"]),
        UpdateCase(
            name: "pg_hba.conf edited by hand", change: { $0.pgHBAConf = [] },
            seen: { $0.files["pg_hba.conf"] = "host all all all trust" }, steps: ["change-hba pg_hba.conf"], asks: true),
        UpdateCase(
            name: "pg_ident_conf", change: { $0.pgIdentConf = ["m c d"] }, steps: ["change-ident pg_ident.conf"]),
        UpdateCase(
            name: "settings of an adopted cluster", change: { $0.postgresqlConf["work_mem"] = "8MB" },
            seen: { $0.isAdopted = true }, steps: ["accept"]),
        UpdateCase(
            name: "hooks", change: { $0.local.hooks = ["after_backup": ["/bin/true"]] }, steps: ["accept"]),
        UpdateCase(
            name: "scripts", change: { $0.scripts.postInit = ["SELECT 1"] }, steps: ["accept"]),
        UpdateCase(
            name: "restore_config", change: { $0.restoreConfig = RestoreConfig(sourceNodeName: "n1") },
            steps: ["accept"]),
    ]

    static let users: [UpdateCase] = [
        UpdateCase(
            name: "a user more", change: { $0.users.append(DatabaseUser(username: "reader")) },
            steps: ["create-user reader"]),
        UpdateCase(
            name: "a user that is there", change: { $0.users.append(DatabaseUser(username: "staff")) },
            steps: ["alter-user staff"]),
        UpdateCase(
            name: "a user that somebody dropped", change: { _ in }, seen: { $0.roles = ["staff"] },
            steps: ["create-user boss"]),
        UpdateCase(
            name: "a password", change: { $0.users[0].password = .literal("two") }, steps: ["alter-user boss"]),
        UpdateCase(
            name: "attributes", change: { $0.users[0].attributes = ["LOGIN", "CREATEROLE"] }, steps: ["alter-user boss"]
        ),
        UpdateCase(name: "roles", change: { $0.users[0].roles = [] }, steps: ["alter-user boss"]),
        UpdateCase(
            name: "the case of an attribute", change: { $0.users[0].attributes = ["login", "createdb"] },
            steps: ["accept"]),
        UpdateCase(name: "a user less", change: { $0.users = [] }, steps: ["leave-user boss"]),
        UpdateCase(
            name: "another owner",
            change: {
                $0.users[0].isOwner = false
                $0.users.append(DatabaseUser(username: "chief", isOwner: true))
            }, steps: ["create-user chief", "change-owner chief"]),
    ]

    static let backups: [UpdateCase] = [
        UpdateCase(
            name: "a repository more", change: { $0.backupConfig?.repositories.append(repository("other")) },
            steps: ["add-repository other"]),
        UpdateCase(
            name: "another id", change: { $0.backupConfig?.repositories = [repository("local-2")] },
            steps: ["add-repository local-2", "remove-repository local"]),
        UpdateCase(
            name: "another base_path", change: { $0.backupConfig?.repositories = [repository("local", "/c")] },
            steps: ["add-repository local", "remove-repository local"]),
        UpdateCase(
            name: "another way to write base_path",
            change: { $0.backupConfig?.repositories = [repository("local", "/b/")] }, steps: ["change-repository local"]
        ),
        UpdateCase(
            name: "retention", change: { $0.backupConfig?.repositories[0].retentionFull = 3 },
            steps: ["change-repository local"]),
        UpdateCase(
            name: "what retention counts", change: { $0.backupConfig?.repositories[0].retentionFullType = .count },
            steps: ["change-repository local"]),
        UpdateCase(
            name: "a custom option",
            change: { $0.backupConfig?.repositories[0].customOptions["bundle-size"] = "10MiB" },
            steps: ["change-repository local"]),
        UpdateCase(
            name: "the same backup_config at the node",
            change: { $0.nodes[0].backupConfig = $0.backupConfig }, steps: ["accept"]),
        UpdateCase(
            name: "an option of pgbackrest", change: { $0.local.pgbackrest.options["process-max"] = "1" },
            seen: { $0.isConfigurationCurrent = false }, steps: ["write-configuration"]),
        UpdateCase(
            name: "a configuration that somebody changed", change: { _ in },
            seen: { $0.isConfigurationCurrent = false },
            steps: ["write-configuration"]),
        UpdateCase(
            name: "a schedule more",
            change: {
                $0.backupConfig?.schedules.append(Schedule(id: "hourly", type: .incr, cronExpression: "0 * * * *"))
            }, steps: ["change-schedules"]),
        UpdateCase(
            name: "a schedule's time", change: { $0.backupConfig?.schedules[0].cronExpression = "0 3 * * *" },
            steps: ["change-schedules"]),
        UpdateCase(
            name: "no schedules", change: { $0.backupConfig?.schedules = [] }, steps: ["change-schedules"]),
        UpdateCase(
            name: "no backups", change: { $0.backupConfig = nil }, steps: ["backups-off", "change-schedules"]),
        UpdateCase(
            name: "backups where there were none", change: { _ in }, seen: { $0.backups = .none }, steps: ["backups-on"]
        ),
        UpdateCase(name: "backups that a restore turned off", change: { _ in }, seen: off, steps: ["backups-on"]),
        UpdateCase(
            name: "no backups after a restore", change: { $0.backupConfig = nil }, seen: off,
            steps: ["backups-off", "change-schedules"]),
        UpdateCase(
            name: "backups elsewhere after a restore",
            change: { $0.backupConfig?.repositories = [repository("local", "/c")] }, seen: off, steps: ["backups-on"]),
    ]

    static let instances: [UpdateCase] = [
        UpdateCase(
            name: "a replica more", change: { $0.nodes[0].hostIDs.append("host-3") }, steps: ["build-replica host-3"]),
        UpdateCase(
            name: "a replica less", change: { $0.nodes[0].hostIDs = ["host-1"] }, steps: ["remove-replica host-2"],
            asks: true),
        UpdateCase(
            name: "another replica", change: { $0.nodes[0].hostIDs = ["host-1", "host-3"] },
            steps: ["build-replica host-3", "remove-replica host-2"], asks: true),
        UpdateCase(
            name: "a replica that is gone", change: { _ in }, seen: { $0.replicas["host-2"] = .missing },
            steps: ["build-replica host-2"]),
        UpdateCase(
            name: "a replica that does not fit", change: { _ in },
            seen: { $0.replicas["host-2"] = .unfit("its timeline is another") }, steps: ["rebuild-replica host-2"],
            asks: true),
        UpdateCase(
            name: "a replica that cannot be judged", change: { _ in },
            seen: { $0.replicas["host-2"] = .unknown("it cannot be asked") }, steps: []),
        UpdateCase(
            name: "a replica's port",
            change: { $0.local.instances["host-2"] = LocalInstance(port: 6200) }, steps: ["change-replica-port host-2"],
            asks: true),
        UpdateCase(
            name: "several things",
            change: {
                $0.postgresqlConf["work_mem"] = "1MB"
                $0.users.append(DatabaseUser(username: "reader"))
                $0.backupConfig?.repositories.append(repository("other"))
                $0.nodes[0].hostIDs.append("host-3")
            },
            steps: [
                "change-setting work_mem", "create-user reader", "add-repository other", "build-replica host-3",
            ]),
    ]
}
