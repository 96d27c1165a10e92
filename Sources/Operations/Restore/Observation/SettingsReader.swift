import Catalog
import Failures
import PgBackRest
import Postgres
import Processes

/// Reads the settings that recovery compares with the source's: from the node's own configuration, from a backup.
struct SettingsReader {
    var tools: NodeTools

    /// What the server takes when nothing is said (PostgreSQL 10 to 17).
    static let defaults = [
        "max_connections": 100, "max_worker_processes": 8, "max_wal_senders": 10, "max_prepared_transactions": 0,
        "max_locks_per_transaction": 64,
    ]

    /// The settings that count, out of all.
    static func compared(_ settings: [String: String]) -> [String: Int] {
        var found: [String: Int] = [:]
        for name in ClusterChecks.comparedSettings { found[name] = settings[name].flatMap { Int($0) } }
        return found
    }

    /// The settings in a cluster's control data.
    static func compared(_ control: ControlData) -> [String: Int] {
        [
            "max_connections": control.maxConnections, "max_worker_processes": control.maxWorkerProcesses,
            "max_wal_senders": control.maxWalSenders, "max_prepared_transactions": control.maxPreparedTransactions,
            "max_locks_per_transaction": control.maxLocksPerTransaction,
        ]
    }

    /// The values that the node's own configuration gives, and why it cannot be read when that is so.
    ///
    /// With a data directory the server itself reads its files (`postgres -C`), and so finds every mistake in them;
    /// without one, or when its configuration went with a server that is down, the copies in the home directory are
    /// read, which are what is put back then.
    func own(
        _ node: NodePlacement, hasDataDirectory: Bool, isRunning: Bool
    ) async -> (values: [String: Int], problem: String?) {
        if hasDataDirectory {
            if let problem = unreadableFile(node) { return ([:], problem) }
            if isRunning || hasServerFile(node) { return await fromServerFiles(node) }
        }
        return fromCopies(node)
    }

    private func hasServerFile(_ node: NodePlacement) -> Bool {
        ConfigurationFileFinder(pgdata: node.primary.pgdata).find(settings: [:]).contains { $0.role == .server }
    }

    private func fromCopies(_ node: NodePlacement) -> (values: [String: Int], problem: String?) {
        do {
            return (Self.values(of: try tools.savedConfiguration(node)), nil)
        } catch {
            return ([:], (error as? any Failure)?.message ?? "\(error)")
        }
    }

    /// The values that these files give, and the server's defaults for what they do not say.
    static func values(of saved: SavedConfiguration) -> [String: Int] {
        var values: [String: Int] = [:]
        for name in ClusterChecks.comparedSettings {
            values[name] = saved.setting(name).flatMap { Int($0) } ?? defaults[name]
        }
        return values
    }

    private func unreadableFile(_ node: NodePlacement) -> String? {
        let pgdata = node.primary.pgdata
        let finder = ConfigurationFileFinder(pgdata: pgdata)
        let usual = ["postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf"].map {
            "\(pgdata)/\($0)"
        }
        for path in usual + finder.find(settings: [:]).map(\.path)
        where Directories.exists(path) && ConfigurationFileFinder.read(path) == nil {
            return "\(path) cannot be read"
        }
        return nil
    }

    private func fromServerFiles(_ node: NodePlacement) async -> (values: [String: Int], problem: String?) {
        do {
            let programs = try tools.programs(for: node.primary, of: node)
            let files = ConfigurationFileFinder(pgdata: node.primary.pgdata).find(settings: [:])
            guard let server = files.first(where: { $0.role == .server })?.path else {
                return ([:], "\(node.primary.pgdata)/postgresql.conf is missing")
            }
            var values: [String: Int] = [:]
            for name in ClusterChecks.comparedSettings {
                let command = CommandLine(
                    program: programs.path("postgres"),
                    arguments: ["-D", node.primary.pgdata, "-c", "config_file=\(server)", "-C", name])
                let result = try await ProcessRunner.run(command, options: ProcessOptions(timeLimit: 60))
                guard result.exit.isSuccess else {
                    return ([:], Self.message(in: result.errorOutput) ?? "\(command.rendered) failed")
                }
                values[name] = result.output.last.flatMap { Int($0) }
            }
            return (values, nil)
        } catch {
            return ([:], (error as? any Failure)?.message ?? "\(error)")
        }
    }

    /// The first thing the server complains about, without time and process: `… [812] LOG:  unrecognized …`.
    static func message(in lines: [String]) -> String? {
        guard let line = lines.first(where: { !$0.isEmpty }) else { return nil }
        for severity in ["LOG:  ", "FATAL:  ", "ERROR:  "] {
            if let mark = line.firstRange(of: severity) { return String(line[mark.upperBound...]) }
        }
        return line
    }

    /// The settings in a backup's own `global/pg_control`; empty where that cannot be had.
    ///
    /// - Parameter directory: private and empty but for what this makes.
    func ofBackup(_ label: String, backrest: PgBackRest, major: Int, directory: String) async -> [String: Int] {
        let scratch = "\(directory)/control"
        defer { try? Directories.removeTree(scratch) }
        do {
            try Directories.create("\(scratch)/global")
            try await backrest.backupFile(
                "global/pg_control", ofSet: label, repo: 1, to: "\(scratch)/global/pg_control")
            // ControlData wants a version beside it.
            try AtomicFile.write("\(major)\n", to: "\(scratch)/PG_VERSION")
            let programs = try Programs.find(major: major)
            return Self.compared(try await ControlData.read(pgdata: scratch, binDir: programs.binDir))
        } catch {
            return [:]
        }
    }
}
