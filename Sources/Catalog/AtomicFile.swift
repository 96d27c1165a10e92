import Failures
import Glibc

/// Files that are either the old or the new one, whole, whatever happens in between.
public enum AtomicFile {
    /// Replaces the file at `path`, or makes it, with `text`; see ``write(_:to:mode:)-([UInt8],_,_)``.
    public static func write(_ text: String, to path: String, mode: UInt32 = 0o600) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// Replaces the file at `path`, or makes it: an exclusive temporary file beside it with its final mode, synced,
    /// renamed over it, the directory synced.
    ///
    /// - Throws: ``CatalogError``; the old file is then still there.
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws {
        let directory = Directory.parent(of: path)
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String($0) ?? "" } ?? ""
        let random = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        let temporary = "\(directory)/.\(name).\(getpid())-\(random).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw CatalogError.system("write", path, errno: errno) }
        do {
            defer { close(descriptor) }
            guard fchmod(descriptor, mode) == 0 else {
                throw CatalogError.system("set the mode of", temporary, errno: errno)
            }
            try FileBytes.write(bytes, to: descriptor, path: path)
            guard fsync(descriptor) == 0 else { throw CatalogError.system("sync", path, errno: errno) }
            guard rename(temporary, path) == 0 else { throw CatalogError.system("replace", path, errno: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        try Directory.sync(directory)
    }

    /// Removes the temporary files that processes which are gone left in `directory`: they can hold secrets.
    ///
    /// - Throws: ``CatalogError`` when the directory cannot be read.
    public static func removeLeftovers(in directory: String) throws {
        for name in try Directory.names(in: directory) where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            // `.NAME.PID-RANDOM.tmp`, as ``write(_:to:mode:)`` calls them.
            let parts = name.dropLast(4).split(separator: ".")
            guard let tail = parts.last, let dash = tail.firstIndex(of: "-"), let pid = Int32(tail[..<dash]),
                ProcessIdentity.of(pid) == nil
            else { continue }
            unlink(directory + "/" + name)
        }
    }

    /// The file's content.
    ///
    /// - Throws: ``CatalogError``, of kind `notFound` when there is no such file.
    public static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CatalogError.system("read", path, errno: errno) }
        defer { close(descriptor) }
        return try FileBytes.read(from: descriptor, path: path)
    }

    /// The file's content, or nil when there is no such file.
    public static func readIfPresent(_ path: String) throws -> [UInt8]? {
        do {
            return try read(path)
        } catch let error as CatalogError where error.kind == .notFound {
            return nil
        }
    }

    /// The file's content as text.
    ///
    /// - Throws: ``CatalogError`` when it cannot be read or is not UTF-8.
    public static func readText(_ path: String) throws -> String {
        guard let text = String(validating: try read(path), as: UTF8.self) else {
            throw CatalogError.damaged(path, "it is not UTF-8 text")
        }
        return text
    }

    /// Removes the file and makes that last; one that is not there is no error.
    public static func remove(_ path: String) throws {
        if unlink(path) == 0 {
            try Directory.sync(Directory.parent(of: path))
        } else if errno != ENOENT {
            throw CatalogError.system("remove", path, errno: errno)
        }
    }
}

/// Whole reads and writes on descriptors.
enum FileBytes {
    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw CatalogError.system("write", path, errno: errno)
                }
                done += count
            }
        }
    }

    static func read(from descriptor: Int32, path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw CatalogError.system("read", path, errno: errno)
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
