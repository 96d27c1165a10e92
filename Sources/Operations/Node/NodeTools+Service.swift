import Failures
import Postgres
import Spec

extension NodeTools {
    /// How long a server may take to accept connections after its start, in seconds; crash recovery is part of it.
    public static let startLimit = 600.0
    /// How long a fast shutdown may take, in seconds; it waits for the archiver and the walsenders.
    public static let stopLimit = 120.0

    /// Who starts and stops an instance: what the spec says, else what is found out.
    public func service(_ instance: InstancePlacement, of node: NodePlacement) async throws -> any ServiceControl {
        switch node.spec.local.service {
        case .pgCtl?: return PgCtlService()
        case .systemd(let unit)?: return SystemdService(unit: unit)
        case .pgCtlCluster?:
            guard let cluster = DebianCluster.find(pgdata: instance.pgdata) else {
                throw OperationError(
                    .refused, code: "no-debian-cluster",
                    "the spec has pg_ctlcluster manage \(node.name), and no cluster of /etc/postgresql has its data "
                        + "directory \(instance.pgdata)",
                    hint: "see pg_lsclusters; or take orchestrator_opts.local.service out of the spec")
            }
            return PgCtlClusterService(cluster: cluster)
        case nil: return await ServiceDetection.detect(pgdata: instance.pgdata).manager.control
        }
    }

    /// What would start the instance again behind our back; nil when nothing would.
    public func supervisor(_ instance: InstancePlacement, of node: NodePlacement) async -> Supervisor? {
        // A unit that pgstanza itself stops through systemctl is held by that.
        if case .systemd? = node.spec.local.service { return nil }
        let found = await ServiceDetection.detect(pgdata: instance.pgdata).supervisor
        return found.flatMap { $0.isHeld ? nil : $0 }
    }

    /// Starts an instance and returns when it accepts connections. Nothing to do when it runs.
    public func start(_ instance: InstancePlacement, of node: NodePlacement) async throws {
        try prepareForStart(instance)
        let location = try location(instance, of: node)
        try await service(instance, of: node).start(location, timeout: Self.startLimit)
    }

    /// Starts an instance and returns as soon as its process is there, for a recovery that is watched by other means.
    public func startWithoutWaiting(_ instance: InstancePlacement, of node: NodePlacement) async throws {
        try prepareForStart(instance)
        let location = try location(instance, of: node)
        do {
            try await service(instance, of: node).start(location, timeout: 1)
        } catch let error as PostgresError where error.code == "start-timeout" {
            return
        }
    }

    /// Stops an instance by a fast shutdown; nothing to do when it does not run.
    public func stop(
        _ instance: InstancePlacement, of node: NodePlacement, timeLimit: Double = NodeTools.stopLimit
    ) async throws {
        guard try isRunning(instance) else { return }
        let location = try location(instance, of: node)
        try await service(instance, of: node).stop(location, timeout: timeLimit)
    }

    /// Waits until what a killed process began with the node's servers is over: a shutdown under way, and backends
    /// that outlived their postmaster. Afterwards each server runs or is gone.
    func settle(_ node: NodePlacement) async throws {
        for instance in [node.primary] + node.replicas where instance.isHere {
            if case .stopping = try ServerStatus.of(pgdata: instance.pgdata) { try await stop(instance, of: node) }
            try await PostmasterFile.endOrphans(pgdata: instance.pgdata)
        }
    }

    /// Stops and starts an instance.
    public func restart(_ instance: InstancePlacement, of node: NodePlacement) async throws {
        try await stop(instance, of: node)
        try await start(instance, of: node)
    }

    private func prepareForStart(_ instance: InstancePlacement) throws {
        try Directories.create(instance.socketDir)
        try Directories.create(Directories.parent(of: instance.logFile))
    }
}
