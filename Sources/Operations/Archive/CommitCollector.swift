import Postgres
import Synchronization

/// Takes the commits that a scan shows, in their order.
final class CommitCollector: Sendable {
    private let found = Mutex<[WALTransaction]>([])

    var commits: [WALTransaction] { found.withLock { $0 } }

    func add(_ commit: WALTransaction) { found.withLock { $0.append(commit) } }
}
