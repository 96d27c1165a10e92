import Failures
import Glibc

/// What the file system says about a path, links followed.
public struct FileInformation: Sendable, Hashable {
    public let owner: UInt32
    public let group: UInt32
    /// Permission bits, 0o7777 at most.
    public let mode: UInt32
    public let isDirectory: Bool
    /// Bytes.
    public let size: Int64
    /// When the content last changed, in nanoseconds since 1970.
    public let modified: Int64
    public let device: UInt64
    public let inode: UInt64

    /// Looks at `path`; nil when nothing is there.
    ///
    /// - Throws: ``CatalogError`` when it cannot be looked at.
    public static func of(_ path: String) throws -> FileInformation? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw CatalogError.system("look at", path, errno: errno)
        }
        return FileInformation(status)
    }

    /// Whether anything is at `path` that this user can see.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    init(_ status: stat) {
        owner = status.st_uid
        group = status.st_gid
        mode = status.st_mode & 0o7777
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
