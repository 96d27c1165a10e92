import Failures
import Postgres

/// Asks a running server.
struct ServerObserver {
    var tools: NodeTools

    /// What was learned of a node's primary.
    struct Finding: Sendable {
        var server: ServerObservation?
        var facts: ServerFacts?
        /// Why a server that runs could not be asked.
        var problem: String?
        /// Why its WAL does not reach an archive, although it runs.
        var archivingProblem: String?
        static let down = Finding()
    }

    func observe(_ node: NodePlacement) async -> Finding {
        guard let postmaster = (try? PostmasterFile.alive(pgdata: node.primary.pgdata)) ?? nil else { return .down }
        do {
            let (facts, archiver) = try await tools.withConnection(to: node.primary, of: node) { connection in
                (try await ServerFacts.read(connection), try await Self.archiver(connection))
            }
            // Another server may answer at the node's port and socket.
            guard RealPath.of(facts.dataDirectory) == RealPath.of(node.primary.pgdata) else {
                return Finding(
                    problem:
                        "the server at port \(node.primary.port) in \(node.primary.socketDir) has the data directory "
                        + facts.dataDirectory)
            }
            var finding = Finding(facts: facts)
            finding.archivingProblem = Self.archivingProblem(facts, archiver)
            finding.server = ServerObservation(
                postmasterPID: postmaster.pid, systemIdentifier: String(facts.systemIdentifier),
                timeline: facts.timeline, majorVersion: facts.majorVersion, isInRecovery: facts.isInRecovery,
                archivesWAL: finding.archivingProblem == nil,
                preparedTransactions: facts.preparedTransactions.map(\.gid),
                settings: SettingsReader.compared(facts.settings), currentLSN: (facts.lsn ?? LSN(bytes: 0)).description)
            return finding
        } catch {
            return Finding(problem: (error as? any Failure)?.message ?? "\(error)")
        }
    }

    /// Whether the last attempt to archive a segment failed, and when.
    private static func archiver(_ connection: Connection) async throws -> String? {
        try await connection.value(
            """
            SELECT last_failed_wal || ' at ' || to_char(last_failed_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
              FROM pg_stat_archiver
             WHERE last_failed_time > coalesce(last_archived_time, '-infinity')
            """)
    }

    private static func archivingProblem(_ facts: ServerFacts, _ failed: String?) -> String? {
        if facts.archiveMode == "off" { return "archive_mode is off" }
        let command = facts.archiveCommand
        if facts.archiveLibrary.isEmpty, ["", "(disabled)", ArchiveCommand.discarding].contains(command) {
            return "archive_command archives nothing"
        }
        return failed.map { "archiving fails, last of WAL segment \($0)" }
    }
}
