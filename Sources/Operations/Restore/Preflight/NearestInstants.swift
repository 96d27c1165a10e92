import PgBackRest
import TargetTime

/// The instants nearest to a refused one that can be restored to.
///
/// Found by asking the chooser itself about every instant at which the answer can change, so that what is offered is
/// always accepted.
struct NearestInstants: Sendable, Equatable {
    var before: Instant?
    var after: Instant?

    init(around instant: Instant, books: [BookObservation], chooser: SetChooser) {
        var chooser = chooser
        for candidate in Self.edges(of: books, now: chooser.now) where candidate != instant {
            let isBetter =
                candidate < instant ? (before.map { candidate > $0 } ?? true) : (after.map { candidate < $0 } ?? true)
            guard isBetter else { continue }
            chooser.target = .time(candidate)
            guard case .success = chooser.choose(from: books) else { continue }
            if candidate < instant { before = candidate } else { after = candidate }
        }
    }

    /// One sentence; nil when there is nothing to offer.
    var sentence: String? {
        switch (before, after) {
        case (let before?, let after?):
            "the nearest instants that can be restored to are \(before.iso8601) before it and \(after.iso8601) after it"
        case (let before?, nil): "the nearest instant before it that can be restored to is \(before.iso8601)"
        case (nil, let after?): "the nearest instant after it that can be restored to is \(after.iso8601)"
        case (nil, nil): nil
        }
    }

    /// The whole second after each backup, and the last microsecond before, and the moment of, each known commit.
    private static func edges(of books: [BookObservation], now: Instant) -> Set<Instant> {
        var edges: Set<Instant> = [now]
        for book in books {
            for backup in book.backups { edges.insert(backup.stopped.wholeSecond.adding(seconds: 1)) }
            for horizon in book.horizons {
                let commits =
                    horizon.runs.flatMap { [$0.firstCommit, $0.lastCommit] }
                    + [horizon.fork?.lastCommitBefore, horizon.fork?.nextCommitOnParent]
                for commit in commits.compactMap({ $0 }) {
                    edges.insert(commit)
                    edges.insert(Instant(microseconds: commit.microseconds - 1))
                }
            }
        }
        return edges
    }
}
