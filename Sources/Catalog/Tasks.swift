import Failures
import Glibc
import TargetTime

/// The tasks of a home.
public struct Tasks: Sendable {
    /// Ended tasks that are kept per database; older ones go when a new one begins.
    public static let kept = 500

    public let home: Home

    public init(home: Home) {
        self.home = home
    }

    /// Begins a task of the calling process.
    ///
    /// - Parameter id: one that was promised to somebody before; nil makes a new one.
    /// - Throws: ``CatalogError`` when its files cannot be written.
    public func create(
        kind: String, database: String, nodes: [String] = [], command: String, id: String? = nil,
        now: Instant = .now()
    ) throws -> TaskHandle {
        try Names.checkDatabaseID(database)
        try nodes.forEach { try Names.checkNode($0) }
        let id = try Names.checkTaskID(id ?? newID(database: database, now: now))
        try home.prepare()
        try Directory.make(home.tasksDir(database))
        let record = TaskRecord(
            id: id, kind: kind, database: database, nodes: nodes, startedAt: now, command: command, process: .current)
        try StateDocument.write(record, to: home.taskFile(database, task: id))
        try prune(database: database)
        try removeLeftovers(database: database)
        return try TaskHandle(record: record, file: home.taskFile(database, task: id), log: logPath(record))
    }

    /// An id that no task of `database` has.
    public func newID(database: String, now: Instant = .now()) throws -> String {
        try Names.checkDatabaseID(database)
        while true {
            let id = SortableID.make(at: now)
            if !FileInformation.exists(home.taskFile(database, task: id)) { return id }
        }
    }

    /// The tasks of `database`, or of all, newest first, each as it is true now.
    ///
    /// - Throws: ``CatalogError``; `notFound` for a database that is not known and never had a task.
    public func list(database: String? = nil) throws -> [TaskRecord] {
        if let database {
            try Names.checkDatabaseID(database)
            let databases = Databases(home: home)
            guard databases.exists(database) || Directory.isDirectory(home.tasksDir(database)) else {
                throw CatalogError.noSuchDatabase(database, known: try databases.ids(), home: home)
            }
        }
        let databases = try database.map { [$0] } ?? databasesWithTasks()
        return try databases.flatMap { database in
            try ids(database: database).compactMap { id in
                try StateDocument.readIfPresent(TaskRecord.self, from: home.taskFile(database, task: id))?.settled
            }
        }.sorted { ($0.startedAt, $0.id) > ($1.startedAt, $1.id) }
    }

    /// The task `id` of whichever database, as it is true now.
    ///
    /// - Throws: ``CatalogError``; `notFound` when there is none.
    public func load(_ id: String) throws -> TaskRecord {
        try Names.checkTaskID(id)
        for database in try databasesWithTasks() {
            if let record = try StateDocument.readIfPresent(TaskRecord.self, from: home.taskFile(database, task: id)) {
                return record.settled
            }
        }
        throw CatalogError(
            .notFound, code: "no-such-task", "there is no task \(id)", hint: "'pgstanza task list' shows the tasks")
    }

    /// Where the task's log is.
    public func logPath(_ record: TaskRecord) -> String { home.taskLog(record.database, task: record.id) }

    /// The record of a task that can be asked to stop.
    ///
    /// - Throws: ``CatalogError``: `notFound` when there is none, `refused` when it has ended.
    public func cancellable(_ id: String) throws -> TaskRecord {
        let record = try load(id)
        guard record.state == .running else {
            throw CatalogError(
                .refused, code: "task-ended", "the task \(id) is not running: it is \(record.state.rawValue)",
                hint: "pgstanza task show \(id) says how it ended")
        }
        return record
    }

    /// Asks a running task's own process to stop, as ^C would.
    ///
    /// - Throws: as ``cancellable(_:)``; ``CatalogError`` when the process may not be signalled.
    public func cancel(_ id: String) throws {
        let record = try cancellable(id)
        // Between this look and the signal the process could end and its number be given away; a descriptor of the
        // process (pidfd_open(2)) would close that gap, which is some microseconds wide.
        guard record.process.isAlive else { return }
        guard kill(record.process.pid, SIGINT) == 0 || errno == ESRCH else {
            throw CatalogError.system("signal", "process \(record.process.pid)", errno: errno)
        }
    }

    /// Removes the oldest ended tasks beyond ``kept``.
    func prune(database: String, keep: Int = Tasks.kept) throws {
        let ids = try ids(database: database)
        guard ids.count > keep else { return }
        for id in ids.sorted().prefix(ids.count - keep) {
            let file = home.taskFile(database, task: id)
            let record = try? StateDocument.read(TaskRecord.self, from: file)
            if record?.settled.state == .running { continue }
            unlink(home.taskLog(database, task: id))
            unlink(file)
        }
    }

    /// What writes that were killed left beside the database's documents.
    private func removeLeftovers(database: String) throws {
        let directory = home.databaseDir(database)
        try AtomicFile.removeLeftovers(in: directory)
        try AtomicFile.removeLeftovers(in: home.tasksDir(database))
        for node in try Directory.names(in: directory) where Names.isNode(node) {
            try AtomicFile.removeLeftovers(in: home.nodeDir(database, node))
        }
    }

    private func ids(database: String) throws -> [String] {
        try Directory.names(in: home.tasksDir(database)).compactMap { name in
            guard name.hasSuffix(".json") else { return nil }
            let id = String(name.dropLast(5))
            return Names.isSortableID(id) ? id : nil
        }
    }

    private func databasesWithTasks() throws -> [String] {
        try Directory.names(in: home.databasesDir).filter {
            Names.isDatabaseID($0) && Directory.isDirectory(home.tasksDir($0))
        }
    }
}
