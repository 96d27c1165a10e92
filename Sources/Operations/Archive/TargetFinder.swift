import Postgres

/// Looks for a restore point or a transaction in one stretch of WAL files.
enum TargetFinder {
    /// The first place at which recovery to the target would stop; nil when it is not in this stretch, and for targets
    /// that are neither.
    static func find(_ target: RestoreTarget, in range: WALDump.Range, programs: Programs) async throws -> FoundTarget?
    {
        switch target {
        case .name(let name):
            let lsn = try await WALDump.find(restorePoint: name, in: range, programs: programs)
            return lsn.map { FoundTarget(timeline: range.timeline, lsn: $0, at: nil) }
        case .xid(let text):
            guard let xid = UInt32(text),
                let transaction = try await WALDump.find(xid: xid, in: range, programs: programs)
            else { return nil }
            var found = FoundTarget(timeline: range.timeline, lsn: transaction.lsn, at: transaction.time)
            // Recovery stops only at the number of a whole transaction, and fails when it never comes to it.
            if transaction.xid != xid { found.subtransactionOf = transaction.xid }
            return found
        case .latest, .immediate, .time, .lsn: return nil
        }
    }
}
