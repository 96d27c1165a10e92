/// A running server.
public struct ServerObservation: Sendable, Equatable {
    public var postmasterPID: Int32
    public var systemIdentifier: String
    public var timeline: UInt32
    public var majorVersion: Int
    public var isInRecovery: Bool
    public var archivesWAL: Bool
    /// Prepared transactions that wait for their second phase.
    public var preparedTransactions: [String]
    /// The values in force of the settings that recovery compares.
    public var settings: [String: Int]
    /// WAL position at the time of the observation.
    public var currentLSN: String

    public init(
        postmasterPID: Int32, systemIdentifier: String, timeline: UInt32, majorVersion: Int,
        isInRecovery: Bool = false, archivesWAL: Bool = true, preparedTransactions: [String] = [],
        settings: [String: Int] = [:], currentLSN: String = "0/0"
    ) {
        self.postmasterPID = postmasterPID
        self.systemIdentifier = systemIdentifier
        self.timeline = timeline
        self.majorVersion = majorVersion
        self.isInRecovery = isInRecovery
        self.archivesWAL = archivesWAL
        self.preparedTransactions = preparedTransactions
        self.settings = settings
        self.currentLSN = currentLSN
    }
}
