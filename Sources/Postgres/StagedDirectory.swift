import Failures
import Glibc

/// A directory that is filled beside its place and put there when it is whole, so that a run that is killed leaves
/// nothing that looks like a cluster.
struct StagedDirectory {
    /// Where it will be, links followed.
    let target: String
    /// Where it is filled; does not exist yet after ``prepare(for:)``.
    let staging: String
    /// The staging directory lies in the target: a mount point, or a place whose parent is not ours to write.
    let isInside: Bool

    private static let suffix = ".pgstanza-new"

    /// Decides where to fill, and takes away what an earlier run that was killed left there.
    ///
    /// Throws `.refused` when the target holds anything.
    static func prepare(for path: String) throws -> StagedDirectory {
        let (target, inner, beside) = places(for: path)
        let parent = TextFile.parent(of: target)
        var isInside = false
        if DirectoryListing.exists(target) {
            let names = try DirectoryListing.read(target).filter { $0 != suffix }
            guard names.isEmpty else {
                throw PostgresError(
                    .refused, code: "directory-not-empty", "\(target) is not empty",
                    hint: "it holds \(names.prefix(5).joined(separator: ", ")); move it away or choose another")
            }
            let ownDevice = try DiskUsage.device(at: target)
            let parentDevice = try DiskUsage.device(at: parent)
            isInside = ownDevice != parentDevice || access(parent, W_OK) != 0
        } else {
            try makeDirectories(parent)
        }
        for leftover in [inner, beside] where DirectoryListing.exists(leftover) {
            guard PostmasterFile.processes(pgdata: leftover).isEmpty else {
                throw PostgresError(
                    .busy, code: "directory-in-use", "a server runs in \(leftover)",
                    hint: "stop it: pg_ctl stop -D \(leftover)")
            }
            try removeTree(leftover)
        }
        return StagedDirectory(target: target, staging: isInside ? inner : beside, isInside: isInside)
    }

    /// Both places where one may be filled: in the target and beside it.
    static func stagingPaths(for path: String) -> [String] {
        let places = places(for: path)
        return [places.inner, places.beside]
    }

    private static func places(for path: String) -> (target: String, inner: String, beside: String) {
        var path = path
        while path.hasSuffix("/") && path != "/" { path.removeLast() }
        let target = TextFile.resolved(path)
        let name = target.split(separator: "/").last.map(String.init) ?? ""
        return (target, target + "/" + suffix, "\(TextFile.parent(of: target))/.\(name)\(suffix)")
    }

    /// Puts the filled directory in its place.
    func commit() throws {
        if isInside {
            // What makes it a cluster comes last.
            let names = try DirectoryListing.read(staging).filter { $0 != "PG_VERSION" } + ["PG_VERSION"]
            for name in names {
                guard rename("\(staging)/\(name)", "\(target)/\(name)") == 0 else {
                    throw systemError("move", path: "\(staging)/\(name)", errno: errno)
                }
            }
            _ = rmdir(staging)
            _ = chmod(target, 0o700)
        } else {
            // An empty directory gives way to the one renamed over it.
            guard rename(staging, target) == 0 else { throw systemError("make", path: target, errno: errno) }
        }
        try TextFile.flushDirectory(target)
        try TextFile.flushDirectory(TextFile.parent(of: target))
    }

    /// Takes away what was filled.
    func discard() {
        try? Self.removeTree(staging)
    }

    /// Makes a directory and those above it that are missing, with mode 0700.
    static func makeDirectories(_ path: String) throws {
        guard !DirectoryListing.isDirectory(path) else { return }
        try makeDirectories(TextFile.parent(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw systemError("make", path: path, errno: errno) }
    }

    /// Removes a directory and everything in it; links are removed, not followed.
    static func removeTree(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw systemError("remove", path: path, errno: errno)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try DirectoryListing.read(path) { try removeTree("\(path)/\(name)") }
            guard rmdir(path) == 0 else { throw systemError("remove", path: path, errno: errno) }
        } else {
            guard unlink(path) == 0 else { throw systemError("remove", path: path, errno: errno) }
        }
    }
}
