import Failures
import PgBackRest
import Postgres
import TargetTime

/// Makes out what an archive holds, per timeline: stretches without a gap, forks, and the commits at their ends.
struct HorizonReader {
    /// What is worth looking for.
    enum Depth: Sendable, Equatable {
        /// Names of segments and forks only: nothing is fetched.
        case names
        /// The last commit of the newest timeline, for people.
        case lastCommit
        /// Every instant at which an answer about a target time can change.
        case times
        /// Where the last record of each timeline begins.
        case positions
    }

    var backrest: PgBackRest
    var archive: ClusterArchive
    /// nil where WAL cannot be fetched or read; only names are then known.
    var scanner: ArchiveScanner?
    /// Number of the first segment that any backup needs: what lies before is never replayed.
    var firstNeeded: UInt64
    var depth: Depth

    func horizons() async throws -> [ArchiveHorizon] {
        let timelines = Set(archive.timelines.keys).union(archive.histories).sorted()
        var found: [ArchiveHorizon] = []
        for timeline in timelines {
            let runs = runs(of: timeline)
            var horizon = ArchiveHorizon(archiveID: archive.id, timeline: timeline, runs: runs)
            horizon.fork = try await fork(of: timeline)
            found.append(horizon)
        }
        guard let scanner else { return found }
        for index in found.indices {
            let isNewest = index == found.indices.last
            try await fill(&found[index], isNewest: isNewest, all: found, scanner)
        }
        return found
    }

    /// Stretches of segments without a gap, those left out that no backup needs.
    private func runs(of timeline: UInt32) -> [ArchiveRun] {
        var runs: [ArchiveRun] = []
        for segment in archive.timelines[timeline] ?? [] {
            if let last = runs.last, last.last + 1 == segment.number {
                runs[runs.count - 1].last = segment.number
            } else {
                runs.append(ArchiveRun(first: segment.number, last: segment.number))
            }
        }
        return runs.filter { $0.last >= firstNeeded }
    }

    private func fork(of timeline: UInt32) async throws -> TimelineFork? {
        guard timeline > 1, archive.histories.contains(timeline) else { return nil }
        let history = try await backrest.history(of: timeline, archiveID: archive.id, repo: 1)
        return history.entries.last.map {
            TimelineFork(parent: $0.timeline, lsn: LSN(bytes: $0.switchPosition.bytes))
        }
    }

    private func fill(
        _ horizon: inout ArchiveHorizon, isNewest: Bool, all: [ArchiveHorizon], _ scanner: ArchiveScanner
    ) async throws {
        switch depth {
        case .names: return
        case .lastCommit:
            guard isNewest, let last = horizon.runs.indices.last else { return }
            horizon.runs[last].lastCommit = try await lastCommit(horizon.runs[last], horizon.timeline, scanner)
        case .positions:
            for index in horizon.runs.indices {
                let segment = name(horizon.timeline, horizon.runs[index].last)
                horizon.runs[index].lastRecord = try await scanner.lastRecord(of: segment)
            }
        case .times:
            for index in horizon.runs.indices {
                horizon.runs[index].lastCommit = try await lastCommit(horizon.runs[index], horizon.timeline, scanner)
            }
            if let fork = horizon.fork { try await fillFork(fork, &horizon, all, scanner) }
        }
    }

    private func lastCommit(
        _ run: ArchiveRun, _ timeline: UInt32, _ scanner: ArchiveScanner
    ) async throws -> Instant? {
        let first = max(run.first, min(firstNeeded, run.last))
        return try await scanner.lastCommit(in: first...run.last, timeline: timeline)?.time
    }

    /// What lies around the point where a timeline left its parent. The child's first segment holds the parent's part
    /// of it as well.
    private func fillFork(
        _ known: TimelineFork, _ horizon: inout ArchiveHorizon, _ all: [ArchiveHorizon], _ scanner: ArchiveScanner
    ) async throws {
        var fork = known
        let segment = fork.lsn.bytes / archive.segmentSize
        if let index = horizon.runs.firstIndex(where: { $0.first <= segment && segment <= $0.last }) {
            let own = segment...horizon.runs[index].last
            horizon.runs[index].firstCommit = try await scanner.firstCommit(
                in: own, timeline: horizon.timeline, from: fork.lsn)?.time
            fork.lastCommitBefore = try await scanner.lastCommit(
                in: segment...segment, timeline: horizon.timeline, before: fork.lsn)?.time
        }
        if let parent = all.first(where: { $0.timeline == fork.parent }) {
            // From the segment of the fork back, and from there on.
            if fork.lastCommitBefore == nil,
                let run = parent.runs.last(where: { $0.first <= segment }), run.first <= min(run.last, segment)
            {
                fork.lastCommitBefore = try await scanner.lastCommit(
                    in: run.first...min(run.last, segment), timeline: parent.timeline, before: fork.lsn)?.time
            }
            if let run = parent.runs.first(where: { $0.first <= segment && segment <= $0.last }) {
                fork.nextCommitOnParent = try await scanner.firstCommit(
                    in: segment...run.last, timeline: parent.timeline, from: fork.lsn)?.time
            }
        }
        horizon.fork = fork
    }

    private func name(_ timeline: UInt32, _ number: UInt64) -> WALSegmentName {
        WALSegmentName(timeline: timeline, number: number, segmentSize: archive.segmentSize)
    }
}
