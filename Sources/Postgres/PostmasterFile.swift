import Failures
import Glibc

/// `postmaster.pid`: what a server says about itself while it runs, and leaves behind when it is killed.
public enum PostmasterFile {
    /// The file's lines, in the order of the server's pidfile.h; those that come late in the start may be absent.
    public struct Content: Sendable, Hashable {
        /// Process id of the postmaster.
        public let pid: Int32
        /// A single-user backend holds the directory, not a postmaster (its number is written negative).
        public let isStandalone: Bool
        public let dataDirectory: String?
        /// Seconds since 1970.
        public let startTime: Int64?
        public let port: Int?
        /// Directory of the first socket; nil when the server has none.
        public let socketDir: String?
        /// First listen address; nil when it listens on none.
        public let listenAddress: String?
        /// `starting`, `stopping`, `ready` (a hot standby too), or `standby` (up, but takes no connections).
        public let status: String?
    }

    /// Reads it; nil when there is none. Throws when it cannot be read or does not begin with a process id.
    public static func read(pgdata: String) throws -> Content? {
        let path = pgdata + "/postmaster.pid"
        guard let text = try TextFile.readIfPresent(path) else { return nil }
        guard let content = parse(text) else {
            throw PostgresError(
                .operation, code: "postmaster-file-damaged", "\(path) does not begin with a process id",
                hint: "when no server runs for this data directory, remove the file")
        }
        return content
    }

    /// Takes the text apart; nil when its first line is no number.
    static func parse(_ text: String) -> Content? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var line = line
            while line.last?.isWhitespace ?? false { line = line.dropLast() }
            return String(line)
        }
        guard let number = Int32(lines[0]), number != 0, number != Int32.min else { return nil }
        func line(_ index: Int) -> String? {
            lines.indices.contains(index) && !lines[index].isEmpty ? lines[index] : nil
        }
        return Content(
            pid: abs(number), isStandalone: number < 0, dataDirectory: line(1),
            startTime: line(2).flatMap { Int64($0) },
            port: line(3).flatMap { Int($0) }, socketDir: line(4), listenAddress: line(5), status: line(7))
    }

    /// Whether this process is a live Postgres server whose data directory is `pgdata`.
    ///
    /// A postmaster's working directory is its data directory. Where the system does not let us see that, a process
    /// named `postgres` counts as alive: to take a living server for dead would cost its data.
    public static func isAlive(pid: Int32, pgdata: String) -> Bool {
        guard pid > 0, let process = ProcessEntry(pid: pid), !process.isZombie else { return false }
        return process.isPostgres && process.worksIn(pgdata) != false
    }

    /// The content of the file when its process is alive; nil when there is no file or it is stale.
    public static func alive(pgdata: String) throws -> Content? {
        guard let content = try read(pgdata: pgdata), isAlive(pid: content.pid, pgdata: pgdata) else { return nil }
        return content
    }

    /// Every live Postgres process that works in `pgdata`: a killed postmaster can leave backends behind, which still
    /// write.
    public static func processes(pgdata: String) -> [Int32] {
        var found = ProcessEntry.all().filter { !$0.isZombie && $0.isPostgres && $0.worksIn(pgdata) == true }.map(\.pid)
        // Where the system hides working directories, the file is what is left to go by.
        if found.isEmpty, let alive = try? alive(pgdata: pgdata) { found = [alive.pid] }
        return found.sorted()
    }

    /// Ends the backends that a killed postmaster left behind and waits until they are gone; nothing to do while a
    /// server lives or when there are none.
    ///
    /// A backend that is busy notices the postmaster's death only when it next waits for something, and writes to the
    /// files until then. It is asked to end its session first, then to quit as in an immediate shutdown; never killed.
    /// Throws `server-still-running` (73) when one is left after `timeout` seconds.
    public static func endOrphans(pgdata: String, timeout: Double = 60) async throws {
        let quitting = Deadline(seconds: timeout / 4)
        let giving = Deadline(seconds: timeout)
        while try alive(pgdata: pgdata) == nil {
            let left = processes(pgdata: pgdata)
            if left.isEmpty { return }
            guard !giving.isOver else {
                throw PostgresError(
                    .refused, code: "server-still-running",
                    "the server of \(pgdata) was killed, and processes of it still work there: "
                        + left.map(String.init).joined(separator: ", "),
                    hint: "see what they wait for; they must be gone before the files are touched")
            }
            for pid in left { kill(pid, quitting.isOver ? SIGQUIT : SIGTERM) }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Takes away the file of a server that was killed, which pgBackRest and some starts stumble over, and the lock of
    /// its socket.
    ///
    /// The server itself does so when the process is gone, but takes one for living that nobody has reaped, as happens
    /// in containers. Gives whether there was one. Throws when a Postgres process still works in the directory.
    @discardableResult
    public static func removeStale(pgdata: String) throws -> Bool {
        let path = pgdata + "/postmaster.pid"
        guard DirectoryListing.exists(path) else { return false }
        let alive = processes(pgdata: pgdata)
        guard alive.isEmpty else {
            throw PostgresError(
                .refused, code: "server-still-running",
                "processes of a server still work in \(pgdata): \(alive.map(String.init).joined(separator: ", "))",
                hint: "stop the server")
        }
        if let content = try? read(pgdata: pgdata) { try removeSocketLock(content) }
        try remove(path)
        return true
    }

    /// Removes the socket and its lock when the lock is still the dead server's own.
    private static func removeSocketLock(_ content: Content) throws {
        guard let directory = content.socketDir, let port = content.port else { return }
        let socket = "\(directory)/.s.PGSQL.\(port)"
        guard let text = try TextFile.readIfPresent(socket + ".lock"), parse(text)?.pid == content.pid else { return }
        try remove(socket)
        try remove(socket + ".lock")
    }

    private static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw systemError("remove", path: path, errno: errno) }
    }
}
