import Spec
import TargetTime

/// What is allowed in a node's schedules and probably not meant, one sentence each.
public enum ScheduleAdvice {
    /// So many backups may rest on one full one before restores become slow and a lost file costs much.
    public static let longestChain = 50
    /// How far ahead is looked, in days: over every month's length and both kinds of year's start.
    private static let horizon = 400.0

    /// - Parameters:
    ///   - schedules: those of one node.
    ///   - repositories: where its backups go.
    ///   - now: from when on the runs are counted.
    public static func warnings(
        _ schedules: [PlannedSchedule], repositories: [Repository], now: Instant
    ) -> [String] {
        guard !schedules.isEmpty else { return [] }
        var warnings: [String] = []
        let fulls = schedules.filter { $0.type == .full }
        if fulls.isEmpty {
            warnings.append("no schedule takes full backups: nothing ever expires, and every restore needs all of them")
        } else {
            if let chain = chainWarning(schedules, fulls, now) { warnings.append(chain) }
            warnings += repositories.compactMap { expiryWarning($0, fulls, now) }
        }
        return warnings + collisions(schedules, now)
    }

    private static func chainWarning(
        _ schedules: [PlannedSchedule], _ fulls: [PlannedSchedule], _ now: Instant
    ) -> String? {
        let end = now.adding(seconds: horizon * 86_400)
        let starts = times(fulls, from: now, to: end)
        guard let gap = widestGap(starts) else { return nil }
        let between = schedules.filter { $0.type != .full }
        var count = 0
        for schedule in between {
            var at = gap.lowerBound
            while count <= 10_000, let next = schedule.expression.next(after: at), next < gap.upperBound {
                count += 1
                at = next
            }
        }
        // A differential rests on the full alone; what matters is how many incrementals follow one another.
        let differentials = between.filter { $0.type == .diff }
        guard count > longestChain, differentials.isEmpty else { return nil }
        let text = count > 10_000 ? "more than 10000" : "\(count)"
        return "up to \(text) incremental backups rest on one full backup: a restore needs them all, "
            + "and one that is damaged spoils those after it; add a diff schedule, or full backups more often"
    }

    private static func expiryWarning(_ repository: Repository, _ fulls: [PlannedSchedule], _ now: Instant) -> String? {
        let name = repository.id ?? repository.kind.typeName
        guard (repository.retentionFullType ?? .time) == .time else { return nil }
        let days = repository.retentionFull ?? Repository.defaultRetentionFull
        let end = now.adding(seconds: max(horizon, Double(days) * 3) * 86_400)
        guard let gap = widestGap(times(fulls, from: now, to: end)) else { return nil }
        let gapDays = gap.upperBound.seconds(since: gap.lowerBound) / 86_400
        guard gapDays > Double(days) else { return nil }
        return
            "the repository \(name) keeps \(days) days, and up to \(Int(gapDays.rounded(.up))) days pass between full "
            + "backups: only the newest full backup is ever kept, and there is no way back beyond it; raise "
            + "retention_full, or take full backups more often"
    }

    /// Schedules that are due only when another one is that stands for them.
    private static func collisions(_ schedules: [PlannedSchedule], _ now: Instant) -> [String] {
        schedules.enumerated().compactMap { index, lesser in
            let fuller = schedules.enumerated().first { other, candidate in
                guard other != index else { return false }
                // Of two alike the first runs, as in the account.
                let isFuller =
                    candidate.type == lesser.type ? other < index : candidate.type.fullness > lesser.type.fullness
                return isFuller && isCovered(lesser, by: candidate, now)
            }?.element
            guard let fuller else { return nil }
            return "\(lesser.id) (\(lesser.type.rawValue)) never runs: whenever it is due, \(fuller.id) "
                + "(\(fuller.type.rawValue)) is due too and stands for it"
        }
    }

    private static func isCovered(_ lesser: PlannedSchedule, by fuller: PlannedSchedule, _ now: Instant) -> Bool {
        let last = now.adding(seconds: horizon * 86_400)
        var at = now
        var seen = 0
        while seen < 2000, let next = lesser.expression.next(after: at), next <= last || seen == 0 {
            guard fuller.expression.next(after: next.adding(seconds: -0.000_001)) == next else { return false }
            seen += 1
            at = next
        }
        return seen > 0
    }

    private static func times(_ schedules: [PlannedSchedule], from: Instant, to end: Instant) -> [Instant] {
        var times: [Instant] = []
        for schedule in schedules {
            var at = from
            // Beyond so many a gap is no longer of interest.
            for _ in 0..<2000 {
                guard let next = schedule.expression.next(after: at) else { break }
                times.append(next)
                at = next
                if next > end { break }
            }
        }
        return times.sorted()
    }

    private static func widestGap(_ times: [Instant]) -> Range<Instant>? {
        zip(times, times.dropFirst()).filter { $0 < $1 }.map { $0..<$1 }
            .max { $0.upperBound.seconds(since: $0.lowerBound) < $1.upperBound.seconds(since: $1.lowerBound) }
    }
}
