import Failures
import Glibc

/// What is in a directory.
enum DirectoryListing {
    /// Names without `.` and `..`, sorted; empty when the directory cannot be read.
    static func names(in path: String) -> [String] {
        (try? read(path)) ?? []
    }

    /// Names without `.` and `..`, sorted.
    static func read(_ path: String) throws -> [String] {
        guard let directory = opendir(path) else { throw systemError("read", path: path, errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw systemError("read", path: path, errno: errno) }
        return names.sorted()
    }

    /// Whether something is there that is a directory, links followed.
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether anything is there, a broken link too.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}
