public import Spec

/// What a backup left behind.
public struct BackupResult: Sendable, Hashable {
    public let label: String
    /// Warnings, such as that an incremental backup became a full one.
    public let warnings: [String]
    public let lines: [String]
}

extension PgBackRest {
    /// Makes the stanza in every repository; does nothing where it is already and fits.
    public func stanzaCreate(timeLimit: Double? = 300) async throws {
        try await run("stanza-create", timeLimit: timeLimit)
    }

    /// Tells every repository that the cluster is another one now. Its older backups stay restorable.
    public func stanzaUpgrade(timeLimit: Double? = 300) async throws {
        try await run("stanza-upgrade", timeLimit: timeLimit)
    }

    /// Switches a WAL segment and waits until it has arrived in every repository.
    public func check(timeLimit: Double? = 300) async throws {
        try await run("check", timeLimit: timeLimit)
    }

    /// Removes what the retention no longer covers.
    public func expire(repo: Int? = nil) async throws {
        try await run("expire", options: repo.map { ["--repo=\($0)"] } ?? [])
    }

    /// Takes a backup, and expires older ones afterwards.
    ///
    /// - Parameters:
    ///   - repo: number of the repository; nil means the first.
    ///   - options: options of `pgbackrest backup` by name; `y` and `n` for those that are on or off.
    public func backup(
        type: BackupType, repo: Int? = nil, annotations: [String: String] = [:], options: [String: String] = [:],
        onProgress: (@Sendable (Progress) -> Void)? = nil, onLine: (@Sendable (String) -> Void)? = nil,
        timeLimit: Double? = nil
    ) async throws -> BackupResult {
        let arguments = try Self.backupArguments(type: type, repo: repo, annotations: annotations, options: options)
        let lines = try await run(
            "backup", options: arguments, onProgress: onProgress, onLine: onLine, timeLimit: timeLimit)
        let said = lines.compactMap(LogLine.init)
        let mark = "new backup label = "
        guard let label = said.last(where: { $0.text.hasPrefix(mark) })?.text.dropFirst(mark.count) else {
            throw PgBackRestError(
                reason: .unreadableOutput, message: "pgbackrest backup ended well and names no new backup",
                command: command("backup", arguments).rendered, lines: lines)
        }
        return BackupResult(
            label: String(label), warnings: said.filter { $0.level == "WARN" }.map(\.text), lines: lines)
    }

    /// The arguments of a backup, checked: what a value may not hold in a file it may not hold here either.
    public static func backupArguments(
        type: BackupType, repo: Int? = nil, annotations: [String: String] = [:], options: [String: String] = [:]
    ) throws -> [String] {
        var arguments = ["--type=" + type.rawValue]
        if let repo { arguments.append("--repo=\(repo)") }
        for (key, value) in annotations.sorted(by: { $0.key < $1.key }) {
            guard !key.contains("=") else {
                throw PgBackRestError(
                    reason: .configuration(option: "annotation"), message: "annotation \(key): the key may not hold =")
            }
            try OptionChecks.check("annotation", key)
            try OptionChecks.check("annotation", value)
            arguments.append("--annotation=\(key)=\(value)")
        }
        return arguments + (try OptionChecks.arguments(options))
    }

    /// Restores into the configuration's data directory.
    ///
    /// - Parameter expectedBytes: size of the backup set, from ``info(set:repo:)``, for the progress.
    @discardableResult
    public func restore(
        _ request: RestoreArguments, expectedBytes: Int64? = nil,
        onProgress: (@Sendable (Progress) -> Void)? = nil, onLine: (@Sendable (String) -> Void)? = nil,
        timeLimit: Double? = nil
    ) async throws -> [String] {
        try await run(
            "restore", options: try request.arguments(), expectedBytes: expectedBytes, onProgress: onProgress,
            onLine: onLine, timeLimit: timeLimit)
    }
}
