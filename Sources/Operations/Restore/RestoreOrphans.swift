import Failures
import Postgres

/// Programs of a restore whose pgstanza was killed: they lead sessions of their own and go on writing.
///
/// Nobody may be running them but us, since the caller holds the locks on the database and its data directories.
/// pgBackRest 2.45 takes no lock for a restore, so that nothing else keeps two of them out of one directory.
struct RestoreOrphans {
    var node: NodePlacement

    /// Ends them and returns when they are gone.
    ///
    /// Throws `orphans-left` (1) when one of them does not end.
    func end(_ reporter: any Reporter) async throws {
        let staging = Set(node.instances.filter(\.isHere).flatMap { BaseBackup.stagingPaths(for: $0.pgdata) })
        let config = "--config=\(node.restoreConfigPath)"
        let ended = try await StrayProcesses.end { program, arguments in
            switch program {
            // The server's own archive-get reads the same configuration and must go on.
            case String(node.pgbackrestProgram.split(separator: "/").last ?? ""):
                arguments.contains(config) && arguments.contains { $0 == "restore" || $0.hasPrefix("restore:") }
            case "pg_basebackup":
                arguments.contains { $0.hasPrefix("--pgdata=") && staging.contains(String($0.dropFirst(9))) }
            default: false
            }
        }
        guard !ended.isEmpty else { return }
        reporter.report(
            .info("ended what the interrupted restore had left running: " + ended.sorted().joined(separator: ", ")))
    }
}
