/// Something that would start a server again behind our back.
public struct Supervisor: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case patroni
        /// A systemd unit with `Restart=`.
        case systemdRestart
        /// A program that keeps its children running: runit, supervisord, s6…
        case processSupervisor
        /// The server has a parent that is neither init nor known; it may or may not restart it.
        case unknownParent
    }

    public let kind: Kind
    /// `Patroni (process 812, /etc/patroni/main.yml)`, `systemd unit pg.service (Restart=always)`.
    public let name: String
    /// What to do so that it leaves the server alone for a while.
    public let howToHold: String
    /// It has been told to: Patroni is paused.
    public let isHeld: Bool

    public init(kind: Kind, name: String, howToHold: String, isHeld: Bool = false) {
        self.kind = kind
        self.name = name
        self.howToHold = howToHold
        self.isHeld = isHeld
    }
}

/// What starts and stops a server.
public enum ServiceManager: Sendable, Hashable {
    /// Nothing else does; with the settings every start has to pass.
    case pgCtl(baseOptions: [String: String])
    case systemd(unit: String)
    case pgCtlCluster(DebianCluster)

    public var control: any ServiceControl {
        switch self {
        case .pgCtl(let options): PgCtlService(baseOptions: options)
        case .systemd(let unit): SystemdService(unit: unit)
        case .pgCtlCluster(let cluster): PgCtlClusterService(cluster: cluster)
        }
    }
}
