/// Where a node's backups go and when they are taken.
public struct BackupConfig: Sendable, Equatable {
    public var repositories: [Repository]
    public var schedules: [Schedule]
    public init(repositories: [Repository], schedules: [Schedule] = []) {
        self.repositories = repositories
        self.schedules = schedules
    }
}

/// One pgBackRest repository, as `repositories[]` and `restore_config.repository` describe it.
public struct Repository: Sendable, Equatable {
    /// Distinguishes the repositories of one node, and is a part of its path; may be missing.
    public var id: String?
    public var kind: RepositoryKind
    /// Absolute path; needed for posix and cifs.
    public var basePath: String?
    /// 1 to 9999999; nil means the default of 7.
    public var retentionFull: Int?
    /// nil means `time`: ``retentionFull`` then counts days.
    public var retentionFullType: RetentionType?
    /// Options of pgBackRest's own, written last, with or without a `repoN-` prefix.
    public var customOptions: [String: String]
    /// Options of `custom_options` that are secrets kept elsewhere (`{"file": …}`, `{"env": …}`), such as
    /// `cipher-pass`; names as in ``customOptions``, and none stands in both.
    public var customSecrets: [String: Secret]

    public init(
        id: String? = nil, kind: RepositoryKind, basePath: String? = nil, retentionFull: Int? = nil,
        retentionFullType: RetentionType? = nil, customOptions: [String: String] = [:],
        customSecrets: [String: Secret] = [:]
    ) {
        self.id = id
        self.kind = kind
        self.basePath = basePath
        self.retentionFull = retentionFull
        self.retentionFullType = retentionFullType
        self.customOptions = customOptions
        self.customSecrets = customSecrets
    }

    /// Days or backups that are kept when the spec says nothing.
    public static let defaultRetentionFull = 7
}

/// What a repository is stored in, with what that needs.
public enum RepositoryKind: Sendable, Equatable {
    case s3(bucket: String, region: String?, endpoint: String?, key: Secret?, keySecret: Secret?)
    /// `key` is the service account's JSON in base64, or a file that holds the JSON itself.
    case gcs(bucket: String, endpoint: String?, key: Secret?)
    case azure(account: String, container: String, endpoint: String?, key: Secret?)
    case posix
    case cifs

    /// The name that specs and pgBackRest use.
    public var typeName: String {
        switch self {
        case .s3: "s3"
        case .gcs: "gcs"
        case .azure: "azure"
        case .posix: "posix"
        case .cifs: "cifs"
        }
    }
}

/// What `retention_full` counts.
public enum RetentionType: String, Sendable, Equatable, CaseIterable {
    case time
    case count
}

/// A pgBackRest backup type.
public enum BackupType: String, Sendable, Equatable, CaseIterable, Codable {
    case full
    case diff
    case incr
}

/// When backups of one type are taken.
public struct Schedule: Sendable, Hashable {
    public var id: String
    public var type: BackupType
    /// Five fields, in UTC; already checked.
    public var cronExpression: String
    public init(id: String, type: BackupType, cronExpression: String) {
        self.id = id
        self.type = type
        self.cronExpression = cronExpression
    }
}

/// Where the data of a restore comes from: `restore_config`.
public struct RestoreConfig: Sendable, Equatable {
    public var sourceDatabaseID: String?
    public var sourceNodeName: String?
    public var sourceDatabaseName: String?
    public var repository: Repository?
    /// `type`, `target`, `set` and other restore options of pgBackRest, as written.
    public var restoreOptions: [String: String]
    public init(
        sourceDatabaseID: String? = nil, sourceNodeName: String? = nil, sourceDatabaseName: String? = nil,
        repository: Repository? = nil, restoreOptions: [String: String] = [:]
    ) {
        self.sourceDatabaseID = sourceDatabaseID
        self.sourceNodeName = sourceNodeName
        self.sourceDatabaseName = sourceDatabaseName
        self.repository = repository
        self.restoreOptions = restoreOptions
    }
}
