import Postgres
import Synchronization
import TargetTime

/// A commit as far as horizons go: small, since one segment can hold some hundred thousand of them.
struct CommitPlace: Sendable, Equatable {
    var lsn: LSN
    var time: Instant
}

/// Takes the commits that a scan shows, in their order.
final class CommitCollector: Sendable {
    private let found = Mutex<[CommitPlace]>([])

    var commits: [CommitPlace] { found.withLock { $0 } }

    func add(_ commit: WALTransaction) {
        found.withLock { $0.append(CommitPlace(lsn: commit.lsn, time: commit.time)) }
    }
}
