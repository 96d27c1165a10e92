import Failures
import Glibc

/// A data directory as its files show it, without a server.
public struct DataDirectory: Sendable, Hashable {
    /// A symbolic link and where it leads.
    public struct Link: Sendable, Hashable {
        /// Path below the data directory: `pg_wal`, `pg_tblspc/16385`, `postgresql.conf`.
        public let path: String
        /// Absolute: a relative one is taken from the link's directory.
        public let target: String
    }

    public enum State: Sendable, Hashable {
        /// Nothing is at the path.
        case missing
        /// A directory with nothing in it.
        case empty
        /// There is a PG_VERSION; `hasControlFile` tells whether a server could start.
        case cluster(major: Int, hasControlFile: Bool)
        /// Files, but no PG_VERSION.
        case foreign
    }

    public let path: String
    public let state: State
    /// Numeric owner of the directory; nil when it is missing.
    public let owner: UInt32?
    /// Permission bits; nil when it is missing.
    public let mode: UInt32?
    /// Targets by tablespace oid.
    public let tablespaces: [String: String]
    /// Where `pg_wal` really is, when it is a link.
    public let walTarget: String?
    /// Other links at the top of the directory.
    public let links: [Link]
    /// Names at the top of the directory, sorted.
    public let names: [String]

    /// Looks at `path`. Throws when it is there and cannot be read.
    public static func inspect(_ path: String) throws -> DataDirectory {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw systemError("look at", path: path, errno: errno) }
            return DataDirectory(
                path: path, state: .missing, owner: nil, mode: nil, tablespaces: [:], walTarget: nil, links: [],
                names: [])
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw PostgresError(
                .operation, code: "not-a-directory", "\(path) is not a directory",
                hint: "move it away, or correct the path")
        }
        let names = try DirectoryListing.read(path)
        var tablespaces: [String: String] = [:]
        for name in DirectoryListing.names(in: path + "/pg_tblspc") {
            tablespaces[name] = target("\(path)/pg_tblspc", name)
        }
        let links = names.compactMap { name in target(path, name).map { Link(path: name, target: $0) } }
        return DataDirectory(
            path: path, state: try state(of: path, names: names), owner: status.st_uid,
            mode: status.st_mode & 0o7777, tablespaces: tablespaces,
            walTarget: links.first { $0.path == "pg_wal" }?.target, links: links.filter { $0.path != "pg_wal" },
            names: names)
    }

    /// Where the link leads, as an absolute path; nil when it is none.
    private static func target(_ directory: String, _ name: String) -> String? {
        guard let target = TextFile.linkTarget("\(directory)/\(name)") else { return nil }
        return target.hasPrefix("/") ? target : TextFile.resolved("\(directory)/\(target)")
    }

    private static func state(of path: String, names: [String]) throws -> State {
        if names.isEmpty { return .empty }
        guard names.contains("PG_VERSION") else { return .foreign }
        return .cluster(
            major: try majorVersion(path), hasControlFile: DirectoryListing.exists(path + "/global/pg_control"))
    }

    /// The number in PG_VERSION.
    ///
    /// Throws with code `data-directory-missing`, `data-directory-empty` or `not-a-data-directory`.
    public static func majorVersion(_ path: String) throws -> Int {
        guard let text = try TextFile.readIfPresent(path + "/PG_VERSION") else {
            guard DirectoryListing.exists(path) else {
                throw PostgresError(
                    .notFound, code: "data-directory-missing", "the data directory \(path) does not exist",
                    hint: SystemReason(ENOENT).hint)
            }
            let isEmpty = try DirectoryListing.read(path).isEmpty
            throw PostgresError(
                .operation, code: isEmpty ? "data-directory-empty" : "not-a-data-directory",
                isEmpty
                    ? "the data directory \(path) is empty"
                    : "\(path) is not a Postgres data directory: it has no PG_VERSION",
                hint: "correct the path; a cluster that was lost comes back with pgstanza restore")
        }
        let digits = text.prefix { !$0.isWhitespace }
        guard let major = Int(digits), major >= 10 else {
            throw PostgresError(
                .operation, code: "not-a-data-directory", "\(path)/PG_VERSION says \"\(digits)\", no version known",
                hint: "the file must hold the major version, as in 17; if the cluster is damaged, restore it")
        }
        return major
    }

    /// Bytes on disk of everything below the data directory, its tablespaces and a linked `pg_wal` included. Files
    /// that go while it looks are left out.
    public func sizeOnDisk() -> Int64 {
        let roots = [path] + tablespaces.values + (walTarget.map { [$0] } ?? [])
        return roots.reduce(0) { $0 + DiskUsage.bytes(below: $1.hasPrefix("/") ? $1 : "\(path)/\($1)") }
    }
}

/// Room on disks.
public enum DiskUsage {
    /// Bytes allocated to everything below `directory`; links are not followed.
    public static func bytes(below directory: String) -> Int64 {
        var total: Int64 = 0
        var pending = [directory]
        while let current = pending.popLast() {
            guard let stream = opendir(current) else { continue }
            defer { closedir(stream) }
            let descriptor = dirfd(stream)
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name == "." || name == ".." { continue }
                var status = stat()
                guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
                total += Int64(status.st_blocks) * 512
                if status.st_mode & S_IFMT == S_IFDIR { pending.append(current + "/" + name) }
            }
        }
        return total
    }

    /// Bytes that an ordinary user may still write on the file system that holds `path`, or will hold it.
    public static func free(at path: String) throws -> Int64 {
        var place = path
        var status = statvfs()
        while statvfs(place, &status) != 0 {
            guard errno == ENOENT, place != "/", place != "." else {
                throw systemError("look at", path: place, errno: errno)
            }
            place = TextFile.parent(of: place)
        }
        return Int64(status.f_bavail) * Int64(status.f_frsize)
    }

    /// The device number of the file system that holds `path`, or will hold it: two paths with one number can be
    /// renamed into each other.
    public static func device(at path: String) throws -> UInt64 {
        var place = path
        var status = stat()
        while stat(place, &status) != 0 {
            guard errno == ENOENT, place != "/", place != "." else {
                throw systemError("look at", path: place, errno: errno)
            }
            place = TextFile.parent(of: place)
        }
        return UInt64(status.st_dev)
    }
}
