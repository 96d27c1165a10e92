import Catalog
import Failures
import PgBackRest
import PositionedJSON
import Postgres
import Spec
import Synchronization

/// Nodes are restored side by side, and a record is read, changed and written as a whole.
private enum RecordGate {
    static let gate = Mutex(())
}

/// What the steps of a restore need beside the tools that every operation has.
extension NodeTools {
    func say(_ node: NodePlacement, _ text: String) {
        context.reporter.report(.phase(node: node.name, text: text))
    }

    /// The book that the node writes now; nil when its backups are off or it has none.
    ///
    /// `evenWhenOff` is for a step that has just turned them off itself.
    func currentBook(_ node: NodePlacement, evenWhenOff: Bool = false) throws -> BookReference? {
        let record = try Databases(home: context.home).load(node.databaseID)
        guard evenWhenOff || record.nodes[node.name]?.backups == .on,
            let repository = node.spec.backupConfig?.repositories.first
        else {
            return nil
        }
        return BookReference(
            origin: .accepted(index: 0), databaseID: node.databaseID, node: node.name,
            repositoryName: repository.id ?? repository.kind.typeName)
    }

    /// Absolute path of the pgbackrest program, for what the server calls by itself.
    func pgbackrestPath(_ node: NodePlacement) throws -> String {
        guard let path = ProgramPath.find(node.pgbackrestProgram) else {
            throw OperationError(
                .unavailable, code: "no-pgbackrest", "there is no program \(node.pgbackrestProgram)",
                hint: "install pgBackRest, or set orchestrator_opts.local.pgbackrest.bin")
        }
        return path
    }

    /// Remembers which cluster the node's primary is now.
    func rememberIdentity(of node: NodePlacement) async throws {
        guard case .cluster(let control) = try await dataDirectoryState(node.primary, of: node) else { return }
        try changeRecord(node.databaseID) { record in
            record.nodes[node.name]?.systemIdentifier = String(control.systemIdentifier)
        }
    }

    /// Writes the configuration that reads one book, for `pgbackrest restore` and the server's `restore_command`.
    func writeRestoreConfiguration(_ node: NodePlacement, book: LocatedBook) async throws {
        let rendered = try await renderConfiguration(
            node, repositories: [book.repository], path: node.restoreConfigPath,
            owner: (book.reference.databaseID, book.reference.node))
        for path in [node.lockPath, node.logPath, node.spoolPath] { try Directories.create(path) }
        try rendered.write()
    }

    /// Takes that configuration away when no restore can need it any more: it holds secrets, and keys lie beside it.
    func removeRestoreConfiguration(_ node: NodePlacement) throws {
        let directory = Directories.parent(of: node.restoreConfigPath)
        // The configuration without `conf`, with which the names of its keys begin too.
        let stem = node.restoreConfigPath.dropLast("conf".count)
        for path in try Directory.names(in: directory).map({ "\(directory)/\($0)" }) where path.hasPrefix(stem) {
            try AtomicFile.remove(path)
        }
    }

    /// Changes what is remembered of a database. The caller holds the database's lock.
    @discardableResult
    func changeRecord<Value>(_ id: String, _ change: (inout DatabaseRecord) throws -> Value) throws -> Value {
        try RecordGate.gate.withLock { _ in
            let databases = Databases(home: context.home)
            var record = try databases.load(id)
            let value = try change(&record)
            try databases.save(record)
            return value
        }
    }
}
