import Failures
import Processes

/// What `pg_control` says of a cluster, read through `pg_controldata`.
public struct ControlData: Sendable, Hashable {
    public let systemIdentifier: UInt64
    /// pg_controldata's words: `in production`, `shut down`, `shut down in recovery`, `in archive recovery`…
    public let state: String
    /// Timeline of the latest checkpoint.
    public let timeline: UInt32
    public let checkpointLSN: LSN
    public let redoLSN: LSN
    /// Where recovery must get to before the cluster is consistent; 0/0 when it need not.
    public let minRecoveryLSN: LSN
    /// Timeline of that position; 0 when there is none.
    public let minRecoveryTimeline: UInt32
    /// From PG_VERSION.
    public let majorVersion: Int
    public let pgControlVersion: Int
    public let catalogVersion: Int
    public let dataChecksums: Bool
    public let walLevel: String
    public let trackCommitTimestamp: Bool
    public let maxConnections: Int
    public let maxWorkerProcesses: Int
    public let maxWalSenders: Int
    public let maxPreparedTransactions: Int
    public let maxLocksPerTransaction: Int
    /// Bytes.
    public let walSegmentSize: Int

    /// The server ended by an orderly shutdown.
    public var isShutDown: Bool { state == "shut down" || state == "shut down in recovery" }

    /// Reads it with the programs in `binDir`, which have to be of the cluster's own major version.
    ///
    /// Throws ``PostgresError`` with a code that tells the cases apart: `data-directory-missing`,
    /// `data-directory-empty`, `not-a-data-directory` (no PG_VERSION), `pg-control-missing`, `pg-control-damaged`,
    /// `postgres-version-mismatch`.
    public static func read(pgdata: String, binDir: String) async throws -> ControlData {
        let major = try DataDirectory.majorVersion(pgdata)
        guard DirectoryListing.exists(pgdata + "/global/pg_control") else {
            throw PostgresError(
                .operation, code: "pg-control-missing", "\(pgdata)/global/pg_control is missing",
                hint: "a restore that was interrupted leaves a directory so; restore it again")
        }
        // A running server writes the file in one piece, but a reader may catch half of it: look again before
        // calling it damaged (the server's own programs do the same from 16 on).
        var last: PostgresError?
        for attempt in 0..<4 {
            if attempt > 0 { try await Task.sleep(for: .milliseconds(50)) }
            do {
                return try await readOnce(pgdata: pgdata, binDir: binDir, major: major)
            } catch let error as PostgresError where error.code == "pg-control-damaged" {
                last = error
            }
        }
        let programs = try await Programs(binDir: binDir).version().major
        if programs != major {
            throw PostgresError(
                .unavailable, code: "postgres-version-mismatch",
                "\(pgdata) belongs to PostgreSQL \(major), the programs in \(binDir) are of \(programs)",
                hint: "install PostgreSQL \(major), or name its programs with bin_dir")
        }
        throw last!
    }

    private static func readOnce(pgdata: String, binDir: String, major: Int) async throws -> ControlData {
        let command = Programs(binDir: binDir).command("pg_controldata", ["-D", pgdata])
        let result = try await ProcessRunner.run(command, options: ProcessOptions(timeLimit: 30))
        guard result.exit.isSuccess else {
            let why = result.errorOutput.joined(separator: "; ")
            if why.contains("Permission denied") {
                throw PostgresError(
                    .notPermitted, code: "pg-control-unreadable", "cannot read \(pgdata)/global/pg_control: \(why)",
                    hint: "run this as the owner of the data directory")
            }
            // Shorter than the structure: "read 0 of 296".
            throw damaged(pgdata, why: why)
        }
        return try parse(result.output, pgdata: pgdata, major: major)
    }

    /// Reads pg_controldata's output in the C locale.
    static func parse(_ lines: [String], pgdata: String, major: Int) throws -> ControlData {
        // Warnings come on standard output, and the exit code is 0 all the same.
        if let warning = lines.first(where: { $0.hasPrefix("WARNING:") }) {
            throw damaged(pgdata, why: String(warning.dropFirst("WARNING: ".count)))
        }
        var fields: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        func field<Value>(_ name: String, _ read: (String) -> Value?) throws -> Value {
            guard let text = fields[name], let value = read(text) else {
                throw damaged(pgdata, why: "pg_controldata shows no usable \"\(name)\"")
            }
            return value
        }
        return ControlData(
            systemIdentifier: try field("Database system identifier") { UInt64($0) },
            state: try field("Database cluster state") { $0 },
            timeline: try field("Latest checkpoint's TimeLineID") { UInt32($0) },
            checkpointLSN: try field("Latest checkpoint location") { LSN($0) },
            redoLSN: try field("Latest checkpoint's REDO location") { LSN($0) },
            minRecoveryLSN: try field("Minimum recovery ending location") { LSN($0) },
            minRecoveryTimeline: fields["Min recovery ending loc's timeline"].flatMap { UInt32($0) } ?? 0,
            majorVersion: major,
            pgControlVersion: try field("pg_control version number") { Int($0) },
            catalogVersion: try field("Catalog version number") { Int($0) },
            dataChecksums: try field("Data page checksum version") { Int($0) } != 0,
            walLevel: try field("wal_level setting") { $0 },
            trackCommitTimestamp: try field("track_commit_timestamp setting") { $0 } == "on",
            maxConnections: try field("max_connections setting") { Int($0) },
            maxWorkerProcesses: try field("max_worker_processes setting") { Int($0) },
            maxWalSenders: try field("max_wal_senders setting") { Int($0) },
            maxPreparedTransactions: try field("max_prepared_xacts setting") { Int($0) },
            maxLocksPerTransaction: try field("max_locks_per_xact setting") { Int($0) },
            walSegmentSize: try field("Bytes per WAL segment") { Int($0) })
    }

    private static func damaged(_ pgdata: String, why: String) -> PostgresError {
        PostgresError(
            .operation, code: "pg-control-damaged", "\(pgdata)/global/pg_control is damaged: \(why)",
            hint: "what the cluster was is known from pgstanza's own record and its backups; restore it")
    }
}
