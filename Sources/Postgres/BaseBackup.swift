import Failures
import Processes

/// Makes a replica's data directory with pg_basebackup.
public enum BaseBackup {
    /// What to copy and what the replica is to be.
    public struct Request: Sendable, Hashable {
        /// The primary, as a role that may replicate; its password in the `passfile`.
        public var source: ConnectionParameters
        /// Physical slot on the primary that the replica will use; it has to be there already.
        public var slot: String
        /// The replica's data directory, missing or empty.
        public var pgdata: String
        /// `cluster_name` of the replica, and the name it shows in the primary's pg_stat_replication.
        public var clusterName: String
        public var port: Int
        public var socketDir: String
        /// Where tablespaces go, by their place on the primary.
        public var tablespaceMap: [String: String]
        /// Further settings of the replica's own, such as `listen_addresses`.
        public var settings: [String: String]

        public init(
            source: ConnectionParameters, slot: String, pgdata: String, clusterName: String, port: Int,
            socketDir: String, tablespaceMap: [String: String] = [:], settings: [String: String] = [:]
        ) {
            self.source = source
            self.slot = slot
            self.pgdata = pgdata
            self.clusterName = clusterName
            self.port = port
            self.socketDir = socketDir
            self.tablespaceMap = tablespaceMap
            self.settings = settings
        }
    }

    /// The directories in which a copy for `pgdata` is filled before it is put in place.
    public static func stagingPaths(for pgdata: String) -> [String] { StagedDirectory.stagingPaths(for: pgdata) }

    /// How far it is.
    public struct Progress: Sendable, Hashable {
        public let bytesDone: Int64
        public let bytesTotal: Int64
        public var percent: Double { bytesTotal > 0 ? min(100, Double(bytesDone) * 100 / Double(bytesTotal)) : 0 }
    }

    /// Copies the primary, makes the copy a standby with its own settings, and puts it in place.
    ///
    /// It is filled in a directory beside `pgdata`; `prepare` may write there, after the settings, before it is put in
    /// place. When anything throws, nothing is left of it but what lies in mapped tablespaces, which is taken away too.
    public static func take(
        _ request: Request, programs: Programs, timeLimit: Double? = nil,
        onProgress: (@Sendable (Progress) -> Void)? = nil,
        prepare: @Sendable (String) async throws -> Void = { _ in }
    ) async throws {
        let staged = try StagedDirectory.prepare(for: request.pgdata)
        for directory in request.tablespaceMap.values { try requireEmpty(directory) }
        do {
            try await ProcessRunner.runSuccessfully(
                command(request, into: staged.staging, programs: programs),
                options: ProcessOptions(
                    timeLimit: timeLimit, onLine: { line in parseProgress(line.text).map { onProgress?($0) } }))
            try configure(staged.staging, request)
            try await prepare(staged.staging)
            try staged.commit()
        } catch {
            staged.discard()
            for directory in request.tablespaceMap.values { try? StagedDirectory.removeTree(directory) }
            throw error
        }
    }

    static func command(_ request: Request, into directory: String, programs: Programs) -> CommandLine {
        var arguments = [
            "--pgdata=\(directory)", "--wal-method=stream", "--write-recovery-conf", "--slot=\(request.slot)",
            "--checkpoint=fast", "--no-password", "--progress", "--verbose",
            "--dbname=\(sourceText(request, applicationName: "pgstanza"))",
        ]
        for (from, to) in request.tablespaceMap.sorted(by: { $0.key < $1.key }) {
            arguments.append("--tablespace-mapping=\(escaped(from))=\(escaped(to))")
        }
        return programs.command("pg_basebackup", arguments)
    }

    /// In a mapping, `=` in a path is written `\=`.
    private static func escaped(_ path: String) -> String { path.replacing("=", with: "\\=") }

    static func sourceText(_ request: Request, applicationName: String) -> String {
        let source = request.source
        var pairs = [
            ("host", source.host), ("port", String(source.port)), ("user", source.user),
            ("application_name", applicationName),
        ]
        if let passfile = source.passfile { pairs.append(("passfile", passfile)) }
        for (key, value) in source.options.sorted(by: { $0.key < $1.key }) where key != "password" {
            pairs.append((key, value))
        }
        return ConnectionString.text(pairs)
    }

    /// Reads ` 23445/45123 kB (51%), 0/1 tablespace (…/base/5/16384)`.
    static func parseProgress(_ line: String) -> Progress? {
        let line = line.drop { $0 == " " }
        guard let unit = line.firstRange(of: " kB (") else { return nil }
        let parts = line[..<unit.lowerBound].split(separator: "/")
        guard parts.count == 2, let done = Int64(parts[0]), let total = Int64(parts[1]) else { return nil }
        return Progress(bytesDone: done * 1024, bytesTotal: total * 1024)
    }

    /// Gives the copy settings of its own, in `postgresql.auto.conf`, which wins over every other file. Also for a replica
    /// that is there, when its port or its primary's changes.
    public static func configure(_ directory: String, _ request: Request) throws {
        let path = directory + "/postgresql.auto.conf"
        var file = try ServerSettingsFile.read(path)
        configure(&file, request)
        try file.write(to: path)
        guard DirectoryListing.exists(directory + "/standby.signal") else {
            throw PostgresError(
                .operation, code: "no-standby-signal", "pg_basebackup left no standby.signal in \(directory)",
                hint: "see that pg_basebackup is of the server's version, then build the replica again")
        }
        // A primary that was restored may still have it; with it the replica would recover to a target and promote.
        try StagedDirectory.removeTree(directory + "/recovery.signal")
    }

    static func configure(_ file: inout ServerSettingsFile, _ request: Request) {
        // Of the primary's own recovery: a replica that inherits recovery_target_action promotes itself at the first
        // commit after the target.
        file.remove { name in
            name.hasPrefix("recovery_target") || foreign.contains(name)
        }
        var own = request.settings
        own["port"] = String(request.port)
        own["unix_socket_directories"] = request.socketDir
        own["cluster_name"] = request.clusterName
        own["primary_conninfo"] = sourceText(request, applicationName: request.clusterName)
        own["primary_slot_name"] = request.slot
        file.remove(own.keys)
        for (name, value) in own.sorted(by: { $0.key < $1.key }) { file.set(name, value) }
    }

    private static let foreign: Set<String> = [
        "restore_command", "archive_cleanup_command", "recovery_end_command", "promote_trigger_file",
        "primary_conninfo", "primary_slot_name",
    ]

    private static func requireEmpty(_ directory: String) throws {
        guard DirectoryListing.exists(directory), try !DirectoryListing.read(directory).isEmpty else { return }
        throw PostgresError(
            .refused, code: "directory-not-empty", "\(directory) is not empty, and a tablespace is to go there",
            hint: "move away what is in it")
    }
}
