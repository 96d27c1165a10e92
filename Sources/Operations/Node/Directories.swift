import Catalog
import Failures
import Glibc

/// Directories and files as the operations move them about.
enum Directories {
    /// Whether something is there, a dangling link included.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Makes a directory and those above it that are missing; one that is there already keeps its mode.
    static func create(_ path: String, mode: UInt32 = 0o700) throws { try Directory.make(path, mode: mode) }

    /// Renames, within one file system, and makes the new entry last; never over something that is there.
    static func move(_ path: String, to target: String) throws {
        guard !exists(target) else {
            throw OperationError(
                .refused, code: "path-exists", "cannot move \(path) to \(target): something is there already",
                hint: "move \(target) away, then run the same again")
        }
        guard rename(path, target) == 0 else { throw systemError("move to \(target)", path) }
        flush(parent(of: target))
    }

    /// Copies one file with its mode and makes the copy last.
    static func copyFile(_ path: String, to target: String) throws {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw systemError("read", path) }
        defer { close(source) }
        var status = stat()
        guard fstat(source, &status) == 0 else { throw systemError("read", path) }
        let copy = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, status.st_mode & 0o777)
        guard copy >= 0 else { throw systemError("write", target) }
        defer { close(copy) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw systemError("read", path) }
            if count == 0 { break }
            var start = 0
            while start < count {
                let written = buffer.withUnsafeBytes { write(copy, $0.baseAddress! + start, count - start) }
                if written < 0 && errno == EINTR { continue }
                guard written >= 0 else { throw systemError("write", target) }
                start += written
            }
        }
        guard fsync(copy) == 0 else { throw systemError("flush", target) }
    }

    /// Removes a directory with everything in it, not following links; nothing to do when it is not there.
    static func removeTree(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try Directory.names(in: path) { try removeTree("\(path)/\(name)") }
            guard rmdir(path) == 0 || errno == ENOENT else { throw systemError("remove", path) }
        } else {
            guard unlink(path) == 0 || errno == ENOENT else { throw systemError("remove", path) }
        }
    }

    /// A new private directory for files that must not outlive `body`; removed whatever happens.
    static func withTemporary<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        var template = Array("/tmp/pgstanza-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw systemError("make a directory in", "/tmp") }
        let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        defer { try? removeTree(path) }
        return try await body(path)
    }

    /// The nearest directory at or above `path` that exists.
    static func nearestExisting(_ path: String) -> String {
        var current = path
        while !exists(current) && current != "/" && !current.isEmpty { current = parent(of: current) }
        return current.isEmpty ? "/" : current
    }

    /// Whether this process may make entries in the directory.
    static func isWritable(_ path: String) -> Bool { access(path, W_OK | X_OK) == 0 }

    /// Number of the owner; nil when there is nothing.
    static func owner(of path: String) -> UInt32? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_uid : nil
    }

    /// The directory that holds `path`.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes the entries of a directory last.
    static func flush(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// What `errno` says, with the path.
    static func systemError(_ what: String, _ path: String) -> OperationError {
        let reason = SystemReason(errno)
        return OperationError(
            reason.kind, code: "file-error", "cannot \(what) \(path): \(reason.text)", hint: reason.hint)
    }
}
