import Catalog
import Failures
import Scheduling
import TargetTime

/// One schedule of a node as it stands now.
public struct ScheduleReport: Sendable, Equatable {
    public var schedule: PlannedSchedule
    public var isRunning: Bool
    public var last: ScheduleRun?
    public var next: Instant?
    /// The oldest due minute that nothing has accounted for, when it is more than a moment ago.
    public var overdueSince: Instant?
    public var counts: ScheduleTally
}

extension ScheduledNode {
    /// Every schedule as it stands at `now`, from what is remembered.
    public func reports(_ remembered: ScheduleBook.Nodes, at now: Instant) -> [ScheduleReport] {
        let ledger = ledger(remembered)
        // A node whose backups are off is not run, and so not late.
        let due = backups == .on ? ledger.due(at: now) : [:]
        return schedules.map { schedule in
            let state = ledger.node.schedules[schedule.id]
            let isRunning = state?.running?.process.isAlive ?? false
            let oldest = isRunning ? nil : due[schedule.id]?.oldest
            return ScheduleReport(
                schedule: schedule, isRunning: isRunning, last: state?.last,
                next: schedule.expression.next(after: now),
                overdueSince: oldest.flatMap { now.seconds(since: $0) >= ScheduleLedger.punctuality ? $0 : nil },
                counts: state?.tally ?? ScheduleTally())
        }
    }
}

/// Writes `status.json` after every run.
struct ScheduleStatus: Sendable {
    let context: OperationContext

    /// Brings a database's document up to date; `taken` are backups that were just taken.
    ///
    /// A document that cannot be written fails nothing: the backup is there, and that it is not written is said.
    func write(_ database: String, taken: [TakenBackup] = []) {
        guard Databases(home: context.home).exists(database) else { return }
        do {
            let now = context.now()
            let record = try Databases(home: context.home).load(database)
            let scheduled = try context.scheduledNodes(of: database)
            try StatusDocument.update(database, home: context.home, now: now) { document in
                let remembered = try ScheduleBook(home: context.home).load(database)
                let names = try record.acceptedSpec().nodes.map(\.name)
                document.nodes = document.nodes.filter { names.contains($0.key) }
                for (name, own) in record.nodes where names.contains(name) {
                    document.nodes[name, default: StatusDocument.Node(backups: own.backups)].backups = own.backups
                    document.nodes[name]?.schedules = [:]
                }
                for node in scheduled {
                    let reports = node.reports(remembered, at: now).map { ($0.schedule.id, Self.entry($0)) }
                    document.nodes[node.node]?.schedules = Dictionary(uniqueKeysWithValues: reports)
                }
                for backup in taken {
                    let entry = Self.entry(backup)
                    document.nodes[backup.node]?.lastBackup = entry
                    if backup.set.type == .full { document.nodes[backup.node]?.lastFull = entry }
                }
            }
        } catch {
            let reason = (error as? any Failure)?.message ?? "\(error)"
            context.reporter.report(.warning("\(context.home.statusFile(database)) could not be written: \(reason)"))
        }
    }

    private static func entry(_ report: ScheduleReport) -> StatusDocument.Schedule {
        StatusDocument.Schedule(
            type: report.schedule.type, cronExpression: report.schedule.expression.text,
            isRunning: report.isRunning, last: report.last, next: report.next, overdueSince: report.overdueSince,
            counts: report.counts)
    }

    private static func entry(_ backup: TakenBackup) -> StatusDocument.Backup {
        StatusDocument.Backup(
            label: backup.set.label, type: backup.set.type.rawValue, repository: backup.repository,
            startedAt: backup.set.started, stoppedAt: backup.set.stopped)
    }
}
