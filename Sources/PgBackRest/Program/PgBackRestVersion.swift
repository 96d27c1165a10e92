/// A version of the pgbackrest program.
public struct PgBackRestVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads what `pgbackrest version` says: `pgBackRest 2.45`, or `pgBackRest 2.46dev` and `2.55.1` of later ones.
    public init?(output: String) {
        guard let word = output.split(whereSeparator: \.isWhitespace).last else { return nil }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else {
            return nil
        }
        self.init(major, minor)
    }

    public var description: String { "\(major).\(minor)" }

    public static func < (left: PgBackRestVersion, right: PgBackRestVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// Whether this version has the feature.
    public func has(_ feature: PgBackRestFeature) -> Bool { self >= feature.since }
}

/// What came with later versions and changes what pgstanza does. From pgBackRest's release notes.
public enum PgBackRestFeature: Sendable, CaseIterable {
    /// Small files stored together: `repo-bundle`.
    case bundle
    /// `--annotation`, and the command `annotate`.
    case annotation
    /// Parts of files in incremental backups: `repo-block`.
    case blockIncremental
    /// `info` says how far a running backup is.
    case backupProgressInInfo
    /// Backups of one stanza to several repositories at once, each with a lock file of its own.
    case lockPerRepository
    /// `repo-target-time`: a versioned bucket as it was.
    case repositoryTargetTime
    /// A restore checks that the target's timeline follows from the backup's.
    case timelineCheck
    /// `info` says how far a running restore is, and a restore takes a lock.
    case restoreProgressInInfo
    /// `azure-key-type=auto`: the machine's managed identity.
    case azureManagedIdentity
    /// Every command but restore refuses to run as root.
    case refusesRoot

    /// The first version that has it.
    public var since: PgBackRestVersion {
        switch self {
        case .bundle: PgBackRestVersion(2, 39)
        case .annotation: PgBackRestVersion(2, 41)
        case .blockIncremental: PgBackRestVersion(2, 46)
        case .backupProgressInInfo: PgBackRestVersion(2, 48)
        case .lockPerRepository: PgBackRestVersion(2, 53)
        case .repositoryTargetTime: PgBackRestVersion(2, 54)
        case .timelineCheck: PgBackRestVersion(2, 55)
        case .restoreProgressInInfo: PgBackRestVersion(2, 56)
        case .azureManagedIdentity: PgBackRestVersion(2, 58)
        case .refusesRoot: PgBackRestVersion(2, 59)
        }
    }
}
