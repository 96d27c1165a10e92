import Catalog
import Failures
import Scheduling

/// A run that its schedule asked for and that was not needed.
public struct SkippedRun: Sendable, Equatable {
    public var node: String
    public var schedule: String
    /// Why, as a sentence without its subject.
    public var reason: String
}

/// The backup of one node as a run of one of its schedules: claimed, done, and taken note of.
struct ScheduledRun: Sendable {
    var context: OperationContext
    var node: NodePlacement
    var schedule: String
    var task: String?

    /// What came of it.
    enum Result: Sendable {
        case taken([TakenBackup])
        case skipped(SkippedRun)

        var taken: [TakenBackup] { if case .taken(let backups) = self { backups } else { [] } }
        var skipped: SkippedRun? { if case .skipped(let run) = self { run } else { nil } }
    }

    private var desk: ScheduleDesk { ScheduleDesk(context: context) }

    /// Runs `body` when the schedule has something to run, and takes note of how it ended.
    ///
    /// Waits up to `context.lockWait` seconds for a lesser run that is still going, then throws busy (75).
    func perform(_ claimed: DueWork?, _ body: () async throws -> [TakenBackup]) async throws -> Result {
        let all = try context.scheduledNodes(of: node.databaseID)
        guard let scheduled = all.first(where: { $0.node == node.name }) else {
            throw OperationError(
                .notFound, code: "unknown-schedule", "\(node.name) has no schedule \(schedule)",
                hint: "see pgstanza schedule list \(node.databaseID)")
        }
        let work: DueWork
        if let claimed {
            work = claimed
        } else {
            switch try await claim(scheduled) {
            case .success(let found): work = found
            case .failure(let skip): return .skipped(skip.run)
            }
        }
        do {
            let taken = try await body()
            try desk.end(scheduled, work, as: .done, task: task)
            return .taken(taken)
        } catch {
            try? desk.end(scheduled, work, as: ScheduleDesk.end(for: error), task: task)
            throw error
        }
    }

    private struct Skip: Error {
        var run: SkippedRun
    }

    private func claim(_ scheduled: ScheduledNode) async throws -> Swift.Result<DueWork, Skip> {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(max(0, context.lockWait ?? 0))
        func skip(_ reason: String) -> Swift.Result<DueWork, Skip> {
            .failure(Skip(run: SkippedRun(node: node.name, schedule: schedule, reason: reason)))
        }
        while true {
            switch try desk.claim(scheduled, schedule: schedule) {
            case nil:
                throw OperationError(
                    .notFound, code: "unknown-schedule", "\(node.name) has no schedule \(schedule)",
                    hint: "see pgstanza schedule list \(node.databaseID)")
            case .work(let work)?: return .success(work)
            case .superseded(let other)?: return skip("is superseded: \(other) is due at the same time")
            case .running?: return skip("is still running")
            case .alreadyRun(let slot)?: return skip("was run for \(slot.iso8601) already")
            case .busy(let other, wait: false)?:
                return skip("is put off: \(other) is still running, and the next run makes up for it")
            case .busy(let other, wait: true)?:
                guard clock.now < deadline else {
                    throw OperationError(
                        .busy, code: "busy", "\(node.name) is still busy with a backup of the schedule \(other)",
                        hint: "try again later, or wait for it with --wait-lock SECONDS")
                }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}
