extension PgBackRest {
    /// What lies in the WAL archive of a repository; empty when the stanza has none there.
    ///
    /// - Parameters:
    ///   - archiveID: look only into this archive, such as `15-1`.
    ///   - segmentSize: of the cluster; file names do not tell it.
    public func archive(
        repo: Int, archiveID: String? = nil, segmentSize: UInt64 = WALSegmentName.defaultSegmentSize,
        timeLimit: Double? = nil
    ) async throws -> ArchiveListing {
        let path = "archive/" + stanza + (archiveID.map { "/" + $0 } ?? "")
        let options = ["--repo=\(repo)", "--recurse", "--output=json", path]
        let (output, warnings) = try await ask("repo-ls", options, timeLimit: timeLimit)
        do {
            return try ArchiveDocument.parse(
                output.joined(separator: "\n"), archiveID: archiveID, segmentSize: segmentSize)
        } catch {
            throw PgBackRestError(
                reason: .unreadableOutput,
                message: "pgbackrest repo-ls says something that is not understood: \(error)",
                command: query("repo-ls", options).rendered, lines: warnings)
        }
    }

    /// Archives one file by hand, whatever the server's own archiver is told.
    ///
    /// At once, since an asynchronous push looks only for what the server has marked as waiting.
    /// - Parameters:
    ///   - path: absolute; of a WAL segment, or of a file such as `00000002.history`.
    ///   - identity: options that say whose WAL it is; that of the configuration's data directory when empty.
    /// - Throws: ``PgBackRestError``, named `archive-duplicate` for a segment that is there with other content.
    public func archivePush(_ path: String, identity: [String] = []) async throws {
        try await run("archive-push", options: ["--no-archive-async"] + identity + [path])
    }

    /// Where a timeline comes from, by its history file in the archive.
    ///
    /// Timeline 1 has no such file and no forebears.
    /// - Throws: ``PgBackRestError`` with the reason `missing` when the file is not in the repository.
    public func history(of timeline: UInt32, archiveID: String, repo: Int) async throws -> TimelineHistory {
        if timeline == 1 { return TimelineHistory(timeline: 1, entries: []) }
        let name = Hexadecimal.eight(UInt64(timeline)) + ".history"
        let text = try await repositoryFile("archive/\(stanza)/\(archiveID)/\(name)", repo: repo)
        return try TimelineHistory.parse(text, timeline: timeline)
    }

    /// The text of a file in a repository, decrypted where the repository is encrypted.
    func repositoryFile(_ path: String, repo: Int) async throws -> String {
        do {
            return try await ask("repo-get", ["--repo=\(repo)", path], timeLimit: 600).output.joined(separator: "\n")
        } catch let error as PgBackRestError where error.exitCode == 55 {
            throw PgBackRestError(
                reason: .missing, message: "\(path) is not in repository \(repo)", command: error.command,
                lines: error.lines)
        }
    }
}
