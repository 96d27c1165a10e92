/// The state of a node's data directory on disk.
public struct DataDirectoryObservation: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        case missing
        case empty
        /// Holds files, and no cluster.
        case foreign
        /// A cluster whose control data cannot be read, with the reason.
        case damaged(String)
        case cluster(systemIdentifier: String, majorVersion: Int, timeline: UInt32)
    }
    public var path: String
    public var state: State
    /// Name or number of the owner when it is not the home's owner.
    public var otherOwner: String?
    /// Whether the directory, or the nearest existing one above it, can be written to.
    public var isWritable: Bool
    /// Bytes that the cluster takes now, tablespaces and linked directories included.
    public var bytesUsed: Int64
    /// Free bytes of the file systems that hold it, each counted once.
    public var bytesFree: Int64
    /// Tablespace name, or oid where the name cannot be asked for → directory.
    public var tablespaces: [String: String]
    /// Links inside the data directory, such as `pg_wal` → target.
    public var links: [String: String]

    public init(
        path: String, state: State, otherOwner: String? = nil, isWritable: Bool = true, bytesUsed: Int64 = 0,
        bytesFree: Int64 = .max, tablespaces: [String: String] = [:], links: [String: String] = [:]
    ) {
        self.path = path
        self.state = state
        self.otherOwner = otherOwner
        self.isWritable = isWritable
        self.bytesUsed = bytesUsed
        self.bytesFree = bytesFree
        self.tablespaces = tablespaces
        self.links = links
    }
}

/// A directory that a tablespace or link of the backup would be restored to.
public struct PlaceObservation: Sendable, Equatable {
    /// The path with every symbolic link followed.
    public var resolved: String
    public var exists: Bool
    public var isEmpty: Bool
    /// Whether it, or the nearest existing directory above it, can be written to.
    public var isWritable: Bool

    public init(resolved: String, exists: Bool, isEmpty: Bool, isWritable: Bool) {
        self.resolved = resolved
        self.exists = exists
        self.isEmpty = isEmpty
        self.isWritable = isWritable
    }
}

/// A directory that belongs to somebody else.
public struct NeighbourDirectory: Sendable, Equatable {
    /// With every symbolic link followed.
    public var path: String
    public var databaseID: String
    public var node: String
    /// What it is to its owner: `data directory`, `tablespace ts1`, `pg_wal`.
    public var what: String
    public var isRunning: Bool

    public init(path: String, databaseID: String, node: String, what: String, isRunning: Bool) {
        self.path = path
        self.databaseID = databaseID
        self.node = node
        self.what = what
        self.isRunning = isRunning
    }
}
