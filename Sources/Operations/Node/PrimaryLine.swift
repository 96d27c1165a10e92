import Failures
import PgBackRest
import Postgres

/// Which cluster a primary is, and how its write-ahead log came about: what a replica has to fit.
struct PrimaryLine: Sendable, Equatable {
    /// Decimal.
    var systemIdentifier: String
    /// The timeline that it writes, with those it came from.
    var history: TimelineHistory
}

extension NodeTools {
    /// Asks the node's primary, over its socket where it lives here, else over a replication connection.
    func primaryLine(of node: NodePlacement) async throws -> PrimaryLine {
        if node.primary.isHere {
            return try await withConnection(to: node.primary, of: node) { connection in
                let row = try await connection.query(
                    """
                    SELECT system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline
                    FROM pg_control_system()
                    """)[0]
                guard let timeline = row["timeline"].flatMap({ UInt32($0, radix: 16) }) else { throw Self.noTimeline }
                let text =
                    timeline == 1
                    ? ""
                    : try await connection.value(
                        "SELECT pg_read_file('pg_wal/' || $1 || '.history', 0, 1000000, true)", [row["timeline"]]) ?? ""
                return PrimaryLine(
                    systemIdentifier: row["system_identifier"] ?? "",
                    history: try TimelineHistory.parse(text, timeline: timeline))
            }
        }
        return try await withReplicationConnection(node) { connection in
            let row = try await connection.execute("IDENTIFY_SYSTEM").first
            guard let timeline = row?["timeline"].flatMap({ UInt32($0) }) else { throw Self.noTimeline }
            // Numbers only, so nothing can be smuggled into the command.
            let text =
                timeline == 1
                ? "" : try await connection.execute("TIMELINE_HISTORY \(timeline)").first?["content"] ?? ""
            return PrimaryLine(
                systemIdentifier: row?["systemid"] ?? "", history: try TimelineHistory.parse(text, timeline: timeline))
        }
    }

    private static var noTimeline: OperationError {
        OperationError(.defect, code: "no-timeline", "the server names no timeline")
    }
}
