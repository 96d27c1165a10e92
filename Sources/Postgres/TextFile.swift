import Failures
import Glibc

/// Small files read whole and written atomically.
enum TextFile {
    /// The content; throws when it cannot be read.
    static func read(_ path: String) throws -> String {
        guard let text = try readIfPresent(path) else { throw systemError("read", path: path, errno: ENOENT) }
        return text
    }

    /// The content; nil when there is no such file.
    static func readIfPresent(_ path: String) throws -> String? {
        try readBytesIfPresent(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The content byte for byte; nil when there is no such file.
    static func readBytesIfPresent(_ path: String) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw systemError("read", path: path, errno: errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw systemError("read", path: path, errno: errno) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    static func write(_ text: String, to path: String, mode: UInt32) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// Writes a temporary file beside `path`, flushes it, renames it and flushes the directory: a reader, or a crash,
    /// sees the old text or the new one. An existing file keeps its mode and owner; a new one gets `mode`.
    static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws {
        let target = resolved(path)
        var status = stat()
        let exists = stat(target, &status) == 0
        let mode = exists ? status.st_mode & 0o7777 : mode
        let temporary = "\(target).\(getpid()).tmp"
        _ = unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw systemError("write", path: temporary, errno: errno) }
        do {
            defer { close(descriptor) }
            // The mode given to open is cut by the umask.
            guard fchmod(descriptor, mode) == 0 else { throw systemError("write", path: temporary, errno: errno) }
            if exists && geteuid() == 0 { _ = fchown(descriptor, status.st_uid, status.st_gid) }
            try writeAll(bytes, to: descriptor, path: temporary)
            guard fsync(descriptor) == 0 else { throw systemError("flush", path: temporary, errno: errno) }
            guard rename(temporary, target) == 0 else { throw systemError("replace", path: target, errno: errno) }
        } catch {
            _ = unlink(temporary)
            throw error
        }
        try flushDirectory(parent(of: target))
    }

    /// Makes a rename or a new entry in `path` last.
    static func flushDirectory(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("open", path: path, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("flush", path: path, errno: errno) }
    }

    /// The directory that holds `path`.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `path` with every symbolic link followed; itself when it does not exist.
    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// Where a symbolic link points; nil when `path` is none.
    static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, Int(PATH_MAX)) }
        return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress!, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw systemError("write", path: path, errno: errno) }
            rest = rest.dropFirst(count)
        }
    }
}
