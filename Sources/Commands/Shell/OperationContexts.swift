import Glibc
import Operations

extension CommandContext {
    /// What an operation that is not a task, such as looking at a database, is handed.
    func operation(lockWait: Double? = nil) -> OperationContext {
        operation(CommandReporter(output: output, handle: nil), lockWait: lockWait)
    }

    /// What an operation with this reporter is handed.
    func operation(_ reporter: any Reporter, lockWait: Double? = nil) -> OperationContext {
        var context = OperationContext(
            home: home, host: configuration, ownerName: HomeCheck.userName(geteuid()), reporter: reporter,
            lockWait: lockWait)
        let refresh = ScheduleRefresh(home: home, output: output)
        context.tellScheduler = { await refresh.run($0) }
        return context
    }
}
