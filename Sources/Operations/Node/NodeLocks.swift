import Catalog

/// The locks that keep operations apart, held until ``release()`` or the end of the value.
public final class NodeLocks: Sendable {
    private let locks: [FileLock]

    private init(_ locks: [FileLock]) { self.locks = locks }

    /// Takes locks, all in the one order that everybody uses; waits up to `context.lockWait` seconds for them, else
    /// throws busy (75) with the holder.
    ///
    /// A data directory that does not exist yet has no lock; whoever makes it takes the lock afterwards.
    public static func acquire(
        _ context: OperationContext, database: String? = nil, dataDirectories: [String] = [],
        backupsOf nodes: [NodePlacement] = []
    ) async throws -> NodeLocks {
        var subjects = nodes.map { LockSubject.node(database: $0.databaseID, node: $0.name) }
        if let database { subjects.append(.database(database)) }
        subjects += dataDirectories.filter { Directory.isDirectory($0) }.map { .dataDirectory($0) }
        return NodeLocks(try await FileLock.acquire(all: subjects, in: context.home, wait: context.lockWait))
    }

    /// Gives everything back, last taken first.
    public func release() {
        for lock in locks.reversed() { lock.release() }
    }
}
