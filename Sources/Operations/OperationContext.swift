import Catalog
import Failures
import TargetTime

/// What every operation is handed: the home, this host, who it works as, and who listens.
public struct OperationContext: Sendable {
    public var home: Home
    public var host: HostConfiguration
    /// Name of the operating system user that owns the home, and that this process is.
    public var ownerName: String
    public var reporter: any Reporter
    /// How long to wait for a lock that somebody holds, in seconds; nil means not at all.
    public var lockWait: Double?
    /// The present time; tests hand in their own.
    public var now: @Sendable () -> Instant

    /// Brings what the host's own scheduler was told up to date with what the nodes are now.
    public var tellScheduler: @Sendable ([InstallableNode]) async -> Void = { _ in }

    public init(
        home: Home, host: HostConfiguration, ownerName: String, reporter: any Reporter = SilentReporter(),
        lockWait: Double? = nil, now: @escaping @Sendable () -> Instant = { Instant.now() }
    ) {
        self.home = home
        self.host = host
        self.ownerName = ownerName
        self.reporter = reporter
        self.lockWait = lockWait
        self.now = now
    }
}
