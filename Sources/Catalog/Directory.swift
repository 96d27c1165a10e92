import Failures
import Glibc

/// Directories, made and listed.
public enum Directory {
    /// Makes `path` and whatever is missing above it, each with `mode` whatever the umask says. One that is there
    /// is left as it is.
    ///
    /// - Throws: ``CatalogError`` when it cannot be made, or when something else has the name.
    public static func make(_ path: String, mode: UInt32 = 0o700) throws {
        if isDirectory(path) { return }
        let parent = parent(of: path)
        if parent != path { try make(parent, mode: mode) }
        if mkdir(path, mode) == 0 {
            // mkdir obeys the umask, which may take away what the owner needs.
            guard chmod(path, mode) == 0 else { throw CatalogError.system("set the mode of", path, errno: errno) }
            try sync(parent)
        } else {
            let number = errno
            guard number == EEXIST, isDirectory(path) else {
                throw CatalogError.system("make directory", path, errno: number)
            }
        }
    }

    /// The names in `path`, sorted, without `.` and `..`; none when the directory is not there.
    ///
    /// - Throws: ``CatalogError`` when it cannot be read.
    public static func names(in path: String) throws -> [String] {
        guard let stream = opendir(path) else {
            let number = errno
            if number == ENOENT { return [] }
            throw CatalogError.system("list", path, errno: number)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether `path` is a directory, or a link to one.
    public static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The directory that holds `path`; `.` for a bare name, `/` for itself.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        let head = String(path[..<slash])
        return head.isEmpty ? "/" : head
    }

    /// Makes the entries of `path` safe against a crash: without this a new or renamed file may be gone afterwards.
    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CatalogError.system("open", path, errno: errno) }
        defer { close(descriptor) }
        // Some file systems cannot sync a directory and say so with EINVAL; there is nothing more to be done there.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw CatalogError.system("sync", path, errno: errno) }
    }
}
