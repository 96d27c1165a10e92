import Failures
import Glibc

/// Keeps processes from changing one small document at the same time.
enum FileGuard {
    /// Runs `body` while this process has the lock on `path`, which is made when it is missing. Waits as long as it
    /// takes: whoever has it is only writing a file.
    static func whileLocked<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CatalogError.system("lock", path, errno: errno) }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw CatalogError.system("lock", path, errno: errno) }
        }
        return try body()
    }
}
