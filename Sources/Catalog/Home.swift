import Failures
import Glibc

/// The home directory: where everything that pgstanza remembers lies. See "Home directory" in the manual.
///
/// The functions only name paths. An id or node name that is not one stops the program here, before it becomes a
/// path: what comes from people is checked with ``Names`` first, which throws.
public struct Home: Sendable, Hashable {
    /// Absolute path without a trailing slash.
    public let path: String

    /// Where the home is when nobody says anything else.
    public static let defaultPath = "/var/lib/pgstanza"

    /// A home at an absolute path, or relative to `workingDirectory`.
    public init(path: String) {
        var text = path
        if !text.hasPrefix("/"), let current = getcwd(nil, 0) {
            text = String(cString: current) + "/" + text
            free(current)
        }
        while text.count > 1 && text.hasSuffix("/") { text.removeLast() }
        self.path = text
    }

    /// This host's id, its peers and defaults.
    public var configFile: String { path + "/config.json" }
    /// Names the scheduler of the home's owner's own that schedules are installed in; there only when they are.
    public var schedulerFile: String { path + "/scheduler" }
    /// When each database next has something due, to look at it no more often than needed; may be removed at any time.
    public var nextDueFile: String { path + "/next-due" }
    /// Sockets of the servers that pgstanza created.
    public var runDir: String { path + "/run" }
    /// Lock files.
    public var locksDir: String { path + "/locks" }
    /// One directory per database.
    public var databasesDir: String { path + "/databases" }

    /// Everything about one database.
    public func databaseDir(_ id: String) -> String {
        precondition(Names.isDatabaseID(id), "a database id must be checked before it becomes a path")
        return databasesDir + "/" + id
    }
    /// The accepted spec, its revision, each node's system identifier.
    public func databaseFile(_ id: String) -> String { databaseDir(id) + "/database.json" }
    /// When each schedule last ran, and how that went.
    public func schedulesFile(_ id: String) -> String { databaseDir(id) + "/schedules.json" }
    /// The state of protection, for whoever watches.
    public func statusFile(_ id: String) -> String { databaseDir(id) + "/status.json" }

    /// The database's tasks and their logs.
    public func tasksDir(_ id: String) -> String { databaseDir(id) + "/tasks" }
    /// The document of one task.
    public func taskFile(_ id: String, task: String) -> String { tasksDir(id) + "/" + sortable(task) + ".json" }
    /// The log of one task.
    public func taskLog(_ id: String, task: String) -> String { tasksDir(id) + "/" + sortable(task) + ".log" }

    /// The database's restores.
    public func restoresDir(_ id: String) -> String { databaseDir(id) + "/restores" }
    /// Plan, inventory and journal of one restore, and the node's own configuration files.
    public func restoreDir(_ id: String, restore: String) -> String { restoresDir(id) + "/" + sortable(restore) }

    /// Everything about one node.
    public func nodeDir(_ id: String, _ node: String) -> String {
        precondition(Names.isNode(node), "a node name must be checked before it becomes a path")
        return databaseDir(id) + "/" + node
    }
    /// The data directory of a node that says nothing about its own.
    public func defaultDataDir(_ id: String, _ node: String) -> String { nodeDir(id, node) + "/pgdata" }
    /// The stanza configuration that backups use.
    public func backupConfigFile(_ id: String, _ node: String) -> String {
        nodeDir(id, node) + "/pgbackrest.backup.conf"
    }
    /// The stanza configuration of a restore; there only while one, or the server's `restore_command`, needs it.
    public func restoreConfigFile(_ id: String, _ node: String) -> String {
        nodeDir(id, node) + "/pgbackrest.restore.conf"
    }
    /// Copy of the node's own configuration files.
    public func confDir(_ id: String, _ node: String) -> String { nodeDir(id, node) + "/conf" }
    /// pgBackRest's `lock-path`.
    public func lockDir(_ id: String, _ node: String) -> String { nodeDir(id, node) + "/lock" }
    /// pgBackRest's `log-path`, and the server's log.
    public func logDir(_ id: String, _ node: String) -> String { nodeDir(id, node) + "/log" }
    /// pgBackRest's `spool-path`.
    public func spoolDir(_ id: String, _ node: String) -> String { nodeDir(id, node) + "/spool" }

    /// Makes the home and the directories that every command may need, 0700, where they are missing.
    ///
    /// - Throws: ``CatalogError`` when a directory cannot be made.
    public func prepare() throws {
        for directory in [path, runDir, locksDir, databasesDir] {
            try Directory.make(directory)
        }
    }

    private func sortable(_ id: String) -> String {
        precondition(Names.isSortableID(id), "an id must be checked before it becomes a path")
        return id
    }
}
