import Catalog
import Replication
import Spec

/// A database's nodes as they are placed on the hosts, from the spec, the record and the host's configuration.
public struct DatabasePlacement: Sendable, Equatable {
    public var id: String
    public var spec: DatabaseSpec
    public var nodes: [NodePlacement]

    /// Nodes whose primary lives on this machine.
    public var nodesHere: [NodePlacement] { nodes.filter(\.primary.isHere) }

    /// The node called `name`; throws `unknown-node` (66) when there is none.
    public func node(_ name: String) throws -> NodePlacement {
        guard let node = nodes.first(where: { $0.name == name }) else {
            throw OperationError(
                .notFound, code: "unknown-node", "database \(id) has no node \(name)",
                hint: "its nodes are \(nodes.map(\.name).joined(separator: ", "))")
        }
        return node
    }
}

/// What placement takes from the machine and the home directory.
public struct PlacementInputs: Sendable {
    public var id: String
    public var spec: DatabaseSpec
    /// What is remembered of the database; nil when it is new.
    public var record: DatabaseRecord?
    public var home: Home
    public var host: HostConfiguration
    /// Name of the home directory's owner, the default superuser.
    public var ownerName: String

    public init(
        id: String, spec: DatabaseSpec, record: DatabaseRecord?, home: Home, host: HostConfiguration,
        ownerName: String
    ) {
        self.id = id
        self.spec = spec
        self.record = record
        self.home = home
        self.host = host
        self.ownerName = ownerName
    }
}

extension DatabasePlacement {
    /// Places every node: the record's facts first (they were chosen once and are kept), then the spec, then defaults.
    ///
    /// Throws `port-conflict` (65) when two instances of this machine share a port, and `socket-dir-too-long` (65).
    public init(_ inputs: PlacementInputs) throws {
        var nodes = inputs.spec.effectiveNodes.map { Self.place($0, inputs) }
        if let provider = inputs.record?.replication.flatMap({ ReplicationProvider(rawValue: $0) }) {
            let mesh = Mesh(provider: provider, of: inputs.spec)
            for index in nodes.indices where mesh.nodes.contains(nodes[index].name) { nodes[index].mesh = mesh }
        }
        try Self.checkPorts(nodes, inputs)
        try Self.checkSocketDirectories(nodes)
        self.init(id: inputs.id, spec: inputs.spec, nodes: nodes)
    }

    private static func place(_ node: EffectiveNode, _ inputs: PlacementInputs) -> NodePlacement {
        let home = inputs.home
        let id = inputs.id
        let remembered = inputs.record?.nodes[node.name]
        let primaryData = node.local.pgdata ?? "\(home.nodeDir(id, node.name))/pgdata"
        let allHere = inputs.host.hostID == nil
        let instances = node.hostIDs.enumerated().map { index, hostID -> InstancePlacement in
            let isPrimary = index == 0
            let own = node.local.instances[hostID]
            let known = remembered?.instances[hostID]
            let isHere = allHere || hostID == inputs.host.hostID
            let derivedData = isPrimary ? primaryData : allHere ? "\(primaryData)-\(hostID)" : primaryData
            // A replica on its primary's machine cannot have its port; on another one it has the same.
            let derivedPort = isPrimary || !allHere ? node.port ?? 0 : 0
            return InstancePlacement(
                hostID: hostID, role: isPrimary ? .primary : .replica, isHere: isHere,
                pgdata: own?.pgdata ?? known?.pgdata ?? derivedData,
                port: firstNonZero(own?.port, isPrimary ? node.port : nil, known?.port, derivedPort),
                socketDir: node.local.socketDir ?? known?.socketDir ?? home.runDir,
                address: inputs.host.hosts[hostID]?.address ?? node.local.address ?? "127.0.0.1",
                binDir: node.local.binDir ?? known?.binDir,
                logFile: "\(home.logDir(id, node.name))/postgres-\(hostID).log")
        }
        return NodePlacement(
            databaseID: id, databaseName: inputs.spec.databaseName, spec: node, primary: instances[0],
            replicas: Array(instances.dropFirst()), superuser: node.local.superuser ?? inputs.ownerName,
            stanza: node.local.pgbackrest.stanza ?? "db",
            pgbackrestProgram: node.local.pgbackrest.bin ?? "pgbackrest",
            backupConfigPath: home.backupConfigFile(id, node.name),
            restoreConfigPath: home.restoreConfigFile(id, node.name), lockPath: home.lockDir(id, node.name),
            logPath: home.logDir(id, node.name), spoolPath: home.spoolDir(id, node.name),
            confPath: home.confDir(id, node.name), passfilePath: "\(home.nodeDir(id, node.name))/passfile")
    }

    private static func firstNonZero(_ candidates: Int?...) -> Int {
        candidates.lazy.compactMap { $0 }.first { $0 != 0 } ?? 0
    }

    private static func checkPorts(_ nodes: [NodePlacement], _ inputs: PlacementInputs) throws {
        var taken: [Int: String] = [:]
        for node in nodes {
            for instance in node.instances where instance.isHere && instance.port != 0 {
                let what = "\(node.name) on \(instance.hostID)"
                if let other = taken[instance.port] {
                    throw OperationError(
                        .invalidInput, code: "port-conflict",
                        "port \(instance.port) is asked for twice on this machine: by \(other) and by \(what)",
                        hint: inputs.host.hostID == nil
                            ? "give each instance a port of its own (nodes[].port, orchestrator_opts.local.instances), "
                                + "or, when they live on different machines, name this one in config.json: {\"host_id\": \"…\"}"
                            : "give each instance a port of its own (nodes[].port, orchestrator_opts.local.instances)")
                }
                taken[instance.port] = what
            }
        }
    }

    private static func checkSocketDirectories(_ nodes: [NodePlacement]) throws {
        for node in nodes {
            for instance in node.instances where instance.isHere && instance.socketDir.utf8.count > 100 {
                throw OperationError(
                    .invalidInput, code: "socket-dir-too-long",
                    "the socket directory of \(node.name) has \(instance.socketDir.utf8.count) bytes, "
                        + "more than the 100 that fit into a socket's address: \(instance.socketDir)",
                    hint: "set orchestrator_opts.local.socket_dir to a shorter path, or use a shorter --home")
            }
        }
    }
}
