import Catalog
import Failures

extension OperationContext {
    /// To be called when backups of a node came on or off, or an accepted spec changed: remembers which schedules count
    /// from now on, and has what is installed brought up to date. What fails of it is a warning.
    public func schedulesChanged(_ id: String) async {
        do {
            let desk = ScheduleDesk(context: self)
            for node in Databases(home: home).exists(id) ? try scheduledNodes(of: id) : [] {
                try desk.takeNote(of: node)
            }
            ScheduleStatus(context: self).write(id)
            await tellScheduler(try installableNodes())
        } catch {
            let reason = (error as? any Failure)?.message ?? "\(error)"
            reporter.report(.warning("the schedules of \(id) could not be brought up to date: \(reason)"))
        }
    }
}
