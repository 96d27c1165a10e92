/// The body of a restore: which nodes, and from where.
public struct RestoreRequest: Sendable, Equatable {
    /// Empty means every node.
    public var targetNodes: [String]
    public var restoreConfig: RestoreConfig?
    public init(targetNodes: [String] = [], restoreConfig: RestoreConfig? = nil) {
        self.targetNodes = targetNodes
        self.restoreConfig = restoreConfig
    }
}

/// The body of a backup.
public struct BackupRequest: Sendable, Equatable {
    public var type: BackupType
    public var annotations: [String: String]
    /// Backup options of pgBackRest that are not pgstanza's own.
    public var backupOptions: [String: String]
    public init(type: BackupType, annotations: [String: String] = [:], backupOptions: [String: String] = [:]) {
        self.type = type
        self.annotations = annotations
        self.backupOptions = backupOptions
    }
}
