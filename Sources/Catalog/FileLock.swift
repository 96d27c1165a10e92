import Failures
import Glibc
import Synchronization
import TargetTime

/// What a lock is on.
public enum LockSubject: Sendable, Hashable {
    /// A database, for create, update and restore.
    case database(String)
    /// A node, for backups; a restore takes its source node's too, so that expire cannot take its backup away.
    case node(database: String, node: String)
    /// A data directory that is there: the lock is on the directory itself, so that two homes cannot both have it.
    case dataDirectory(String)

    /// As messages name it.
    public var text: String {
        switch self {
        case .database(let id): "the database \"\(id)\""
        case .node(let id, let node): "the node \(node) of the database \"\(id)\""
        case .dataDirectory(let path): "the data directory \(path)"
        }
    }
}

/// An exclusive lock between processes: `flock` on a descriptor that no child inherits, so that it ends with the
/// process, however that ends. Released by ``release()`` or with its last reference.
public final class FileLock: Sendable {
    public let subject: LockSubject
    private let state: Mutex<Held?>

    /// The locked descriptor, and the file that names the holder.
    private struct Held: Sendable {
        var descriptor: Int32
        var holderFile: String
    }

    private init(_ subject: LockSubject, _ held: Held) {
        self.subject = subject
        state = Mutex(held)
    }

    deinit {
        release()
    }

    /// Takes the lock, trying again every tenth of a second for `wait` seconds (nil or 0: once).
    ///
    /// - Throws: ``CatalogError`` of kind `busy` that names the holder; of another kind when the file cannot be used;
    ///   `CancellationError`.
    public static func acquire(_ subject: LockSubject, in home: Home, wait: Double? = nil) async throws -> FileLock {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(max(0, wait ?? 0))
        while true {
            if let lock = try attempt(subject, in: home) { return lock }
            guard clock.now < deadline else { throw busy(subject, in: home, waited: wait) }
            try await Task.sleep(for: min(.milliseconds(100), clock.now.duration(to: deadline)))
        }
    }

    /// Takes several locks, or none. They are taken in one order by everybody, so that two commands cannot each wait
    /// for the other.
    public static func acquire(
        all subjects: [LockSubject], in home: Home, wait: Double? = nil
    ) async throws -> [FileLock] {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(max(0, wait ?? 0))
        var locks: [FileLock] = []
        for subject in Set(subjects).sorted(by: { orderKey($0) < orderKey($1) }) {
            let left = clock.now.duration(to: deadline).components
            let seconds = Double(left.seconds) + Double(left.attoseconds) / 1e18
            do {
                locks.append(try await acquire(subject, in: home, wait: max(0, seconds)))
            } catch {
                locks.forEach { $0.release() }
                throw error
            }
        }
        return locks
    }

    /// Takes the lock if it is free, else returns nil.
    public static func attempt(_ subject: LockSubject, in home: Home) throws -> FileLock? {
        try home.prepare()
        let (path, flags) = try lockPath(subject, in: home)
        let descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CatalogError.system("lock", path, errno: errno) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            if number == EINTR { continue }
            close(descriptor)
            if number == EWOULDBLOCK { return nil }
            throw CatalogError.system("lock", path, errno: number)
        }
        do {
            let file = try holderFile(subject, in: home)
            // In place and not by rename: for databases and nodes this is the very file that is locked.
            try write(LockHolder.current(), to: file)
            return FileLock(subject, Held(descriptor: descriptor, holderFile: file))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Who holds the lock now, as far as can be found out.
    public static func holder(of subject: LockSubject, in home: Home) -> LockHolder? {
        if let file = try? holderFile(subject, in: home), let holder = LockHolder.read(file) { return holder }
        guard let (path, _) = try? lockPath(subject, in: home), let file = try? FileInformation.of(path),
            let process = LockHolder.fromKernel(device: file.device, inode: file.inode)
        else { return nil }
        let command = ProcessIdentity.commandLine(of: process.pid) ?? "unknown"
        return LockHolder(process: process, command: command, since: Instant(microseconds: 0))
    }

    /// Gives the lock back; doing so again does nothing.
    public func release() {
        state.withLock { held in
            guard let now = held else { return }
            held = nil
            truncate(now.holderFile, 0)
            close(now.descriptor)
        }
    }

    private static func lockPath(_ subject: LockSubject, in home: Home) throws -> (path: String, flags: Int32) {
        switch subject {
        case .dataDirectory(let path): (path, O_RDONLY | O_DIRECTORY)
        default: (try holderFile(subject, in: home), O_RDWR | O_CREAT | O_NOFOLLOW)
        }
    }

    private static func holderFile(_ subject: LockSubject, in home: Home) throws -> String {
        switch subject {
        case .database(let id):
            return "\(home.locksDir)/\(try Names.checkDatabaseID(id)).lock"
        case .node(let id, let node):
            return "\(home.locksDir)/\(try Names.checkDatabaseID(id)).\(try Names.checkNode(node)).lock"
        case .dataDirectory(let path):
            guard let directory = try FileInformation.of(path), directory.isDirectory else {
                throw CatalogError(
                    .notFound, code: "no-such-directory", "there is no data directory \(path)",
                    hint: SystemReason(ENOENT).hint)
            }
            return "\(home.locksDir)/directory-\(directory.device)-\(directory.inode).holder"
        }
    }

    private static func write(_ holder: LockHolder, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw CatalogError.system("write", path, errno: errno) }
        defer { close(descriptor) }
        try FileBytes.write(Array(try StateDocument.text(holder).utf8), to: descriptor, path: path)
    }

    /// Databases before nodes before directories.
    private static func orderKey(_ subject: LockSubject) -> String {
        switch subject {
        case .database(let id): "1 \(id)"
        case .node(let id, let node): "2 \(id) \(node)"
        case .dataDirectory(let path): "3 \(path)"
        }
    }

    private static func busy(_ subject: LockSubject, in home: Home, waited: Double?) -> CatalogError {
        var message = "\(subject.text) is in use"
        if let holder = holder(of: subject, in: home) {
            message += " by process \(holder.process.pid) (\(holder.command))"
            if holder.since.microseconds > 0 {
                let seconds = Instant(seconds: holder.since.microseconds / 1_000_000)
                message += " since \(seconds.iso8601)"
            }
        }
        if let waited, waited > 0 { message += ", and was for the whole \(Int(waited.rounded(.up))) s" }
        return CatalogError(
            .busy, code: "busy", message, hint: "try again later, or wait for it with --wait-lock SECONDS")
    }
}
