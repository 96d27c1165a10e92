import Failures
import Postgres

/// The settings of a server that decide where its WAL goes.
public struct ArchiveSettings: Sendable, Equatable {
    /// `off`, `on` or `always`, as it is in force.
    public var mode: String
    public var command: String
    /// `archive_library`; nil before PostgreSQL 15.
    public var library: String?
    /// The next restart changes archive_mode.
    public var isModePending = false

    public var isOn: Bool { mode != "off" }
}

/// What has to change for a server to archive with a command of pgstanza's.
public struct ArchiveChange: Sendable, Equatable {
    /// archive_mode has to be turned on, which needs a restart.
    public var needsRestart: Bool
    /// archive_mode has to be set in the configuration; also where it is on and would be off after a restart.
    public var setsMode: Bool
    public var setsCommand: Bool
    /// An archive library is in the way: the server takes one or the other.
    public var resetsLibrary: Bool
    /// A command or library of somebody else's that is replaced; nil when there is none.
    public var replaces: String?

    public var isNothing: Bool { !setsMode && !setsCommand && !resetsLibrary }

    init(from settings: ArchiveSettings, to command: String) {
        needsRestart = !settings.isOn
        setsMode = needsRestart || settings.isModePending
        setsCommand = settings.command != command
        resetsLibrary = !(settings.library ?? "").isEmpty
        if settings.isOn, resetsLibrary {
            replaces = "archive_library = '\(settings.library ?? "")'"
        } else if settings.isOn, setsCommand, !["", ArchiveCommand.discarding].contains(settings.command) {
            replaces = "archive_command = '\(settings.command)'"
        } else {
            replaces = nil
        }
    }
}

/// Turns the archiving of a server on and off, through `ALTER SYSTEM`.
public enum Archiving {
    /// Settings that pgstanza changes, and whose old values the record keeps.
    public static let names = ["archive_mode", "archive_command", "archive_library", "archive_timeout"]

    /// What is in force.
    public static func settings(_ connection: Connection) async throws -> ArchiveSettings {
        let rows = try await connection.query(
            """
            SELECT name, setting, pending_restart FROM pg_settings
            WHERE name IN ('archive_mode', 'archive_command', 'archive_library')
            """)
        let values = Dictionary(rows.map { ($0[0] ?? "", $0[1] ?? "") }) { $1 }
        // pg_settings shows "(disabled)" for the command while archive_mode is off, whatever is set.
        let shown = values["archive_command"] ?? ""
        return ArchiveSettings(
            mode: values["archive_mode"] ?? "off", command: shown == "(disabled)" ? "" : shown,
            library: values["archive_library"],
            isModePending: rows.contains { $0[0] == "archive_mode" && $0.bool("pending_restart") == true })
    }

    /// The values that `postgresql.auto.conf` has for the archive settings, nil for those it does not set: what
    /// ``giveBack(_:_:)`` goes back to.
    public static func remembered(in autoConf: String) -> [String: String?] {
        let file = ServerSettingsFile(text: autoConf)
        return Dictionary(uniqueKeysWithValues: names.map { ($0, file.get($0)) })
    }

    /// Writes the settings of a server that archives with `command` and reloads them; archive_mode takes a restart.
    ///
    /// `timeout` is `archive_timeout` in seconds; nil leaves it as it is.
    public static func turnOn(
        _ connection: Connection, command: String, change: ArchiveChange, timeout: Int? = nil
    ) async throws {
        if change.resetsLibrary { try await set(connection, "archive_library", "") }
        if change.setsMode { try await set(connection, "archive_mode", "on") }
        try await set(connection, "archive_command", command)
        if let timeout { try await set(connection, "archive_timeout", "\(timeout)s") }
        try await reload(connection)
    }

    /// Archiving goes nowhere from now on: what the server writes is not kept, and `pg_wal` does not grow.
    /// `archive_mode` itself is off from the next restart on.
    public static func turnOff(_ connection: Connection) async throws {
        try await set(connection, "archive_mode", "off")
        try await set(connection, "archive_command", ArchiveCommand.discarding)
        try await reload(connection)
    }

    /// Gives the server back what it had before. Returns true when archiving stays without a destination until a
    /// restart turns `archive_mode` off.
    @discardableResult
    public static func giveBack(_ before: [String: String?], _ connection: Connection) async throws -> Bool {
        for name in names {
            guard let value = before[name] else { continue }
            if let value {
                try await set(connection, name, value)
            } else if try await connection.value("SELECT 1 FROM pg_settings WHERE name = $1", [name]) != nil {
                try await connection.execute("ALTER SYSTEM RESET \(SQL.identifier(name))")
            }
        }
        try await reload(connection)
        let now = try await settings(connection)
        // On until the next restart, and now with nothing to do with the WAL: it would be kept for ever.
        guard now.isOn, now.command.isEmpty, (now.library ?? "").isEmpty else { return false }
        try await set(connection, "archive_command", ArchiveCommand.discarding)
        try await reload(connection)
        return true
    }

    /// The same as ``turnOff(_:)`` in the text of a `postgresql.auto.conf` of a server that does not run, but
    /// with `archive_mode` left as it is, so that archiving can be turned on again without a restart.
    public static func switchedOff(_ file: ServerSettingsFile) -> ServerSettingsFile {
        var file = file
        file.set("archive_command", ArchiveCommand.discarding)
        return file
    }

    /// Sets one setting for good, at the next reload or restart.
    static func set(_ connection: Connection, _ name: String, _ value: String) async throws {
        try await connection.execute("ALTER SYSTEM SET \(SQL.identifier(name)) = \(SQL.literal(value))")
    }

    /// Reloads the configuration and waits until this session sees it, since the postmaster passes it on in its own
    /// time.
    static func reload(_ connection: Connection) async throws {
        let before = try await connection.value("SELECT pg_conf_load_time()")
        try await connection.execute("SELECT pg_reload_conf()")
        for _ in 0..<100 {
            if try await connection.value("SELECT pg_conf_load_time()") != before { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
