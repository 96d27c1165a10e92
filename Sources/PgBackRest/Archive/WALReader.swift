import Glibc
import Processes
import SystemPackage

/// Fetches WAL of one archive of one repository, whichever cluster it is of and whatever is in the data directory.
///
/// Holds a small directory of its own until ``close()``, or until it is let go.
public final class WALReader: Sendable {
    private let backrest: PgBackRest
    private let repo: Int
    /// The archive, as in `15-1`.
    public let archiveID: String
    /// Holds nothing but `global/pg_control`.
    private let directory: String

    fileprivate init(backrest: PgBackRest, repo: Int, archiveID: String, directory: String) {
        self.backrest = backrest
        self.repo = repo
        self.archiveID = archiveID
        self.directory = directory
    }

    deinit { close() }

    /// Fetches a segment, or a file such as `00000002.history`.
    ///
    /// - Parameter path: absolute; a file that is there is replaced.
    /// - Throws: ``PgBackRestError`` with the reason `missing` when the archive does not hold it.
    public func fetch(_ name: String, to path: String) async throws {
        // Asking ahead in the background would need a spool that nobody tidies up.
        let options = ["--repo=\(repo)", "--pg1-path=" + directory, "--no-archive-async", name, path]
        let command = backrest.query("archive-get", options)
        let result = try await ProcessRunner.run(command, options: ProcessOptions(graceSeconds: 30))
        // The code with which it tells the server that there is no such file.
        if result.exit == .exited(1) {
            throw PgBackRestError(
                reason: .missing, message: "\(name) is not in archive \(archiveID) of repository \(repo)",
                command: command.rendered)
        }
        guard result.exit.isSuccess else {
            var filter = RequestDumpFilter()
            throw PgBackRestError(
                command: command, name: "archive-get", exit: result.exit,
                lines: (result.output + result.errorOutput).compactMap { filter.pass($0) })
        }
    }

    /// Removes the reader's directory.
    public func close() { ControlDirectory.remove(directory) }
}

extension PgBackRest {
    /// Something that fetches WAL of one archive.
    ///
    /// - Parameters:
    ///   - archiveID: as in `15-1`; nil means that of the cluster which the stanza is for at present.
    ///   - directory: where to put the one small file that this needs; absolute, and there already.
    public func walReader(
        repo: Int, archiveID: String? = nil, segmentSize: UInt64 = WALSegmentName.defaultSegmentSize,
        directory: String = "/tmp"
    ) async throws -> WALReader {
        let info = try BackupInfoFile(try await repositoryFile("backup/\(stanza)/backup.info", repo: repo))
        guard let (id, cluster) = info.cluster(archiveID: archiveID) else {
            throw PgBackRestError(
                reason: .missing, message: "repository \(repo) knows no archive \(archiveID ?? "of the stanza")")
        }
        let control = ControlFile(
            systemIdentifier: cluster.systemIdentifier, controlVersion: cluster.controlVersion,
            catalogVersion: cluster.catalogVersion, segmentSize: UInt32(segmentSize))
        guard let bytes = control.bytes else {
            throw PgBackRestError(
                reason: .unsupported,
                message: "WAL of Postgres \(cluster.version) cannot be fetched: control version "
                    + "\(cluster.controlVersion) is not known")
        }
        let place = try ControlDirectory.make(in: directory, control: bytes)
        return WALReader(backrest: self, repo: repo, archiveID: id, directory: place)
    }

    /// Fetches one segment. For several of one archive a ``WALReader`` is faster.
    public func fetchWAL(_ segment: String, to path: String, repo: Int, archiveID: String? = nil) async throws {
        let reader = try await walReader(repo: repo, archiveID: archiveID)
        defer { reader.close() }
        try await reader.fetch(segment, to: path)
    }
}

/// A directory that looks enough like a data directory for `archive-get`.
private enum ControlDirectory {
    static func make(in parent: String, control: [UInt8]) throws(PgBackRestError) -> String {
        var template = Array((parent + "/pgstanza-wal-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw cannotWrite(parent, Errno(rawValue: errno))
        }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        do {
            guard mkdir(path + "/global", 0o700) == 0 else { throw Errno(rawValue: errno) }
            let file = try FileDescriptor.open(
                FilePath(path + "/global/pg_control"), .writeOnly, options: [.create, .exclusiveCreate],
                permissions: [.ownerReadWrite])
            defer { try? file.close() }
            _ = try file.writeAll(control)
        } catch {
            remove(path)
            throw cannotWrite(path, error)
        }
        return path
    }

    static func remove(_ path: String) {
        unlink(path + "/global/pg_control")
        rmdir(path + "/global")
        rmdir(path)
    }

    private static func cannotWrite(_ path: String, _ error: any Error) -> PgBackRestError {
        PgBackRestError(
            reason: .localFile, message: "\(path) cannot be written: \(error)",
            hint: "check free space and permissions")
    }
}
