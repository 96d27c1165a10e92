import Failures

/// What a running server says about itself.
public struct ServerFacts: Sendable, Hashable {
    /// 150018 for 15.18.
    public let versionNumber: Int
    public let systemIdentifier: UInt64
    /// Timeline that it writes on, or follows.
    public let timeline: UInt32
    public let isInRecovery: Bool
    /// Insert position of a primary, replay position of a standby.
    public let lsn: LSN?
    /// Every setting that counts at a server, by its name.
    public let settings: [String: String]
    /// Files that settings come from, those outside the data directory too; empty when the role may not see them.
    public let sourceFiles: [String]
    /// Names of settings that come from `postgresql.auto.conf`.
    public let autoConfSettings: [String]
    /// Names of settings that were given on the server's command line.
    public let commandLineSettings: [String]
    public let slots: [ReplicationSlot]
    public let senders: [ReplicationSender]
    public let preparedTransactions: [PreparedTransaction]
    /// Tablespaces other than the two every cluster has.
    public let tablespaces: [Tablespace]
    /// Databases that take connections, templates left out.
    public let databases: [String]

    public var majorVersion: Int { versionNumber / 10000 }
    public var minorVersion: Int { versionNumber % 10000 }
    public var dataDirectory: String { settings["data_directory"] ?? "" }
    public var configFile: String { settings["config_file"] ?? "" }
    public var hbaFile: String { settings["hba_file"] ?? "" }
    public var identFile: String { settings["ident_file"] ?? "" }
    public var port: Int { integer("port") ?? 5432 }
    /// Its socket directories, as far as they are absolute paths.
    public var socketDirs: [String] {
        (settings["unix_socket_directories"] ?? "").split(separator: ",")
            .map { String($0.drop { $0 == " " }) }.filter { $0.hasPrefix("/") }
    }
    public var archiveMode: String { settings["archive_mode"] ?? "off" }
    public var archiveCommand: String { settings["archive_command"] ?? "" }
    public var archiveLibrary: String { settings["archive_library"] ?? "" }
    public var walLevel: String { settings["wal_level"] ?? "" }
    public var maxConnections: Int { integer("max_connections") ?? 0 }
    public var maxWorkerProcesses: Int { integer("max_worker_processes") ?? 0 }
    public var maxWalSenders: Int { integer("max_wal_senders") ?? 0 }
    public var maxPreparedTransactions: Int { integer("max_prepared_transactions") ?? 0 }
    public var maxLocksPerTransaction: Int { integer("max_locks_per_transaction") ?? 0 }
    public var sharedPreloadLibraries: [String] {
        (settings["shared_preload_libraries"] ?? "").split(separator: ",").map { word in
            String(word.filter { $0 != " " && $0 != "\"" })
        }.filter { !$0.isEmpty }
    }
    /// Bytes.
    public var walSegmentSize: Int { integer("wal_segment_size") ?? 16_777_216 }
    public var dataChecksums: Bool { settings["data_checksums"] == "on" }

    private func integer(_ name: String) -> Int? { settings[name].flatMap { Int($0) } }

    /// Asks a superuser's connection.
    public static func read(_ connection: Connection) async throws -> ServerFacts {
        let settings = try await connection.query("SELECT name, setting, source, sourcefile FROM pg_settings")
        let state = try await connection.query(stateQuery).first
        guard let state, let identifier = state["system_identifier"].flatMap({ Int64($0) }) else {
            throw PostgresError(
                .operation, code: "facts-missing", "the server does not tell its system identifier",
                hint: "the role must be a superuser, or may execute pg_control_system()")
        }
        return ServerFacts(
            versionNumber: await connection.serverVersion, systemIdentifier: UInt64(bitPattern: identifier),
            timeline: UInt32(state["timeline"] ?? "") ?? 0, isInRecovery: state.bool("in_recovery") ?? false,
            lsn: state.lsn("lsn"),
            settings: Dictionary(settings.map { ($0["name"] ?? "", $0["setting"] ?? "") }) { $1 },
            sourceFiles: Set(settings.compactMap { $0["sourcefile"] }).sorted(),
            autoConfSettings: settings.filter { $0["sourcefile"]?.hasSuffix("/postgresql.auto.conf") ?? false }
                .compactMap { $0["name"] }.sorted(),
            commandLineSettings: settings.filter { $0["source"] == "command line" }.compactMap { $0["name"] }.sorted(),
            slots: try await ReplicationSlot.all(connection), senders: try await ReplicationSender.all(connection),
            preparedTransactions: try await SessionControl.preparedTransactions(connection),
            tablespaces: try await Tablespace.all(connection),
            databases: try await connection.query(
                "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname"
            ).compactMap { $0[0] })
    }

    /// The timeline in the control file is that of the latest checkpoint; a primary's WAL file names are newer, and a
    /// standby tells by what it received last.
    private static let stateQuery = """
        SELECT system_identifier, pg_is_in_recovery() AS in_recovery,
               CASE WHEN pg_is_in_recovery()
                    THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver), c.timeline_id)
                    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline,
               CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END AS lsn
          FROM pg_control_system() s, pg_control_checkpoint() c
        """
}

/// A replication slot.
public struct ReplicationSlot: Sendable, Hashable {
    public let name: String
    /// Of a logical slot: `pgoutput`, `pglogical_output`, `spock_output`.
    public let plugin: String?
    public let isPhysical: Bool
    public let database: String?
    public let isTemporary: Bool
    public let isActive: Bool
    public let activePID: Int32?
    public let restartLSN: LSN?
    public let confirmedFlushLSN: LSN?
    /// `reserved`, `extended`, `unreserved` or `lost`.
    public let walStatus: String?

    public static func all(_ connection: Connection) async throws -> [ReplicationSlot] {
        try await connection.query(
            """
            SELECT slot_name, plugin, slot_type, database, temporary, active, active_pid, restart_lsn,
                   confirmed_flush_lsn, wal_status
              FROM pg_replication_slots ORDER BY slot_name
            """
        ).map { row in
            ReplicationSlot(
                name: row["slot_name"] ?? "", plugin: row["plugin"], isPhysical: row["slot_type"] == "physical",
                database: row["database"], isTemporary: row.bool("temporary") ?? false,
                isActive: row.bool("active") ?? false, activePID: row["active_pid"].flatMap { Int32($0) },
                restartLSN: row.lsn("restart_lsn"), confirmedFlushLSN: row.lsn("confirmed_flush_lsn"),
                walStatus: row["wal_status"])
        }
    }
}

/// A connection that a server sends its log to.
public struct ReplicationSender: Sendable, Hashable {
    public let pid: Int32
    public let user: String
    public let applicationName: String
    /// Address, or `local`.
    public let client: String
    /// `streaming`, `catchup`, `backup`…
    public let state: String
    public let sentLSN: LSN?
    public let replayLSN: LSN?
    /// Slot that it reads from.
    public let slot: String?

    public static func all(_ connection: Connection) async throws -> [ReplicationSender] {
        try await connection.query(
            """
            SELECT r.pid, coalesce(r.usename, '') AS usename, r.application_name,
                   coalesce(host(r.client_addr), 'local') AS client, coalesce(r.state, '') AS state, r.sent_lsn,
                   r.replay_lsn, s.slot_name
              FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
             ORDER BY r.pid
            """
        ).map { row in
            ReplicationSender(
                pid: Int32(row["pid"] ?? "") ?? 0, user: row["usename"] ?? "",
                applicationName: row["application_name"] ?? "", client: row["client"] ?? "",
                state: row["state"] ?? "", sentLSN: row.lsn("sent_lsn"), replayLSN: row.lsn("replay_lsn"),
                slot: row["slot_name"])
        }
    }
}

/// A tablespace and its directory.
public struct Tablespace: Sendable, Hashable {
    public let oid: String
    public let name: String
    public let location: String

    public static func all(_ connection: Connection) async throws -> [Tablespace] {
        try await connection.query(
            """
            SELECT oid, spcname, pg_tablespace_location(oid) AS location
              FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global') ORDER BY spcname
            """
        ).map { Tablespace(oid: $0["oid"] ?? "", name: $0["spcname"] ?? "", location: $0["location"] ?? "") }
    }
}
