import Failures
import PgBackRest
import Postgres

/// Whether a replica can follow its primary.
enum ReplicaFitness: Sendable, Equatable {
    /// There is no data directory.
    case missing
    case fits
    /// It never will, for this reason.
    case unfit(String)
    /// It cannot be told, for this reason.
    case unknown(String)

    /// Judges by what the control files say: pure.
    ///
    /// - Parameters:
    ///   - identifier: of the replica's cluster, decimal.
    ///   - timeline, position: how far the replica has come, and on which timeline.
    ///   - own: the replica's own history of that timeline; nil when it has none.
    static func judge(
        identifier: String, timeline: UInt32, position: WALPosition, own: TimelineHistory?, primary: PrimaryLine
    ) -> ReplicaFitness {
        guard identifier == primary.systemIdentifier else {
            return .unfit("its system identifier is \(identifier), and the primary's is \(primary.systemIdentifier)")
        }
        let line = primary.history
        if timeline == line.timeline {
            if let own, own.timeline == timeline,
                own.entries.map(\.switchPosition) != line.entries.map(\.switchPosition)
            {
                return .unfit("its timeline \(timeline) is another one than the primary's")
            }
            return .fits
        }
        guard let end = line.end(of: timeline) else {
            return .unfit(
                "it is on timeline \(timeline), and the primary's timeline \(line.timeline) does not come from it")
        }
        return position <= end
            ? .fits : .unfit("it went on to \(position) on timeline \(timeline), which the primary left at \(end)")
    }
}

extension NodeTools {
    /// Looks whether a replica of this machine can follow its primary. `primary` is nil when that could not be asked.
    func fitness(
        of replica: InstancePlacement, node: NodePlacement, primary: PrimaryLine?
    ) async -> ReplicaFitness {
        let replica = asItRuns(replica)
        do {
            let control: ControlData
            switch try await dataDirectoryState(replica, of: node) {
            case .missing, .empty: return .missing
            case .foreign: return .unknown("\(replica.pgdata) holds files of somebody's")
            case .damaged(let reason): return .unfit("it cannot be started as it is: \(reason)")
            case .cluster(let found): control = found
            }
            guard Directories.exists("\(replica.pgdata)/standby.signal") else {
                return .unfit("\(replica.pgdata) holds a cluster that is no standby")
            }
            guard let primary else { return .unknown("its primary cannot be asked") }
            let isRunning = try isRunning(replica)
            if String(control.systemIdentifier) == primary.systemIdentifier, isRunning {
                if try await isStreaming(replica, of: node) { return .fits }
                // What a living server has replayed is in its control file only behind a restart point.
                try await withConnection(to: replica, of: node) { _ = try await $0.execute("CHECKPOINT", timeout: 120) }
                return judge(
                    replica, try await ControlData.read(pgdata: replica.pgdata, binDir: try binDir(replica, node)),
                    primary)
            }
            return judge(replica, control, primary)
        } catch {
            return .unknown((error as? any Failure)?.message ?? "\(error)")
        }
    }

    private func binDir(_ replica: InstancePlacement, _ node: NodePlacement) throws -> String {
        try programs(for: replica, of: node).binDir
    }

    private func judge(_ replica: InstancePlacement, _ control: ControlData, _ primary: PrimaryLine) -> ReplicaFitness {
        let isRecovering = control.minRecoveryLSN > control.checkpointLSN && control.minRecoveryTimeline > 0
        let timeline = isRecovering ? control.minRecoveryTimeline : control.timeline
        let position = isRecovering ? control.minRecoveryLSN : control.checkpointLSN
        let name = WALSegmentName(timeline: timeline, number: 0).text.prefix(8)
        let own = ConfigurationFileFinder.read("\(replica.pgdata)/pg_wal/\(name).history").flatMap {
            try? TimelineHistory.parse($0, timeline: timeline)
        }
        return .judge(
            identifier: String(control.systemIdentifier), timeline: timeline,
            position: WALPosition(bytes: position.bytes), own: own, primary: primary)
    }
}
