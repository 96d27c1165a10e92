import FoundationEssentials
import Glibc
import Processes
import Synchronization
import SystemPackage

/// One file of a backup set, as the set's manifest describes it.
struct BackupFile: Equatable {
    /// Path in the repository; that of a bundle when the file is in one.
    var path: String
    /// Where it begins in that file, in bytes.
    var offset: Int64
    /// Bytes that it takes there; nil when it is all of it.
    var length: Int64?
    /// `none`, `gz`, `bz2`, `lz4` or `zst`.
    var compression: String
}

/// Collects from a manifest's lines what is needed to find one file; the rest, possibly millions of lines, is let go.
final class ManifestReader: Sendable {
    private struct Entry: Decodable, Sendable {
        var bundle: Int64?
        var offset: Int64?
        var length: Int64?
        var reference: String?
        enum CodingKeys: String, CodingKey {
            case bundle = "bni"
            case offset = "bno"
            case length = "repo-size"
            case reference
        }
    }

    private let name: String
    private let label: String
    private let state = Mutex(State())

    private struct State: Sendable {
        var entry: Entry?
        var compression = "gz"
    }

    /// - Parameter name: as manifests have it: `pg_data/global/pg_control`.
    init(name: String, label: String) {
        self.name = name
        self.label = label
    }

    func take(_ line: String) {
        if line.hasPrefix("option-compress-type=") {
            let type = line.dropFirst("option-compress-type=".count).filter { $0 != "\"" }
            state.withLock { $0.compression = type }
        } else if line.hasPrefix(name + "={") {
            let object = Data(line.dropFirst(name.utf8.count + 1).utf8)
            let entry = try? JSONDecoder().decode(Entry.self, from: object)
            state.withLock { $0.entry = entry }
        }
    }

    /// nil when the manifest does not have the file.
    func file(stanza: String) -> BackupFile? {
        let (found, compression) = state.withLock { ($0.entry, $0.compression) }
        guard let entry = found else { return nil }
        let set = "backup/\(stanza)/\(entry.reference ?? label)"
        if let bundle = entry.bundle {
            return BackupFile(
                path: "\(set)/bundle/\(bundle)", offset: entry.offset ?? 0, length: entry.length,
                compression: compression)
        }
        let ending = compression == "none" ? "" : ".\(compression)"
        return BackupFile(path: "\(set)/\(name)\(ending)", offset: 0, length: nil, compression: compression)
    }
}

extension PgBackRest {
    /// Writes one file of a backup set, as it was in the data directory, to `path`.
    ///
    /// Works with and without bundles. A compressed file is unpacked by the program that belongs to the compression
    /// (gzip, bzip2, lz4, zstd), since pgBackRest itself hands files out as they are stored. A file in a bundle of an
    /// encrypted repository cannot be had.
    ///
    /// - Parameters:
    ///   - name: below the data directory, such as `global/pg_control`.
    ///   - path: in a directory of the caller's own; files beside it whose names begin with its own are made and removed.
    /// - Throws: ``PgBackRestError``, `ProcessError` when the program to unpack it is missing.
    public func backupFile(_ name: String, ofSet label: String, repo: Int, to path: String) async throws {
        let manifest = ManifestReader(name: "pg_data/" + name, label: label)
        let command = query("repo-get", ["--repo=\(repo)", "backup/\(stanza)/\(label)/backup.manifest"])
        let result = try await ProcessRunner.run(
            command,
            options: ProcessOptions(
                timeLimit: 600, keepLines: 20, onLine: { if !$0.isError { manifest.take($0.text) } }))
        guard result.exit.isSuccess else {
            throw PgBackRestError(command: command, name: "repo-get", exit: result.exit, lines: result.errorOutput)
        }
        guard let file = manifest.file(stanza: stanza) else {
            throw PgBackRestError(reason: .missing, message: "backup \(label) has no file \(name)")
        }
        let packed = path + ".packed"
        defer { unlink(packed) }
        try await repositoryFile(file.path, repo: repo, to: packed)
        try Self.cut(packed, file)
        try await Self.unpack(packed, to: path, compression: file.compression)
    }

    /// Copies a file of a repository as it is, decrypted where the repository is encrypted.
    private func repositoryFile(_ name: String, repo: Int, to path: String) async throws {
        let output = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
        defer { try? output.close() }
        let command = query("repo-get", ["--repo=\(repo)", name])
        let result = try await ProcessRunner.run(
            command, options: ProcessOptions(timeLimit: 600, keepLines: 20, output: output))
        guard result.exit.isSuccess else {
            throw PgBackRestError(command: command, name: "repo-get", exit: result.exit, lines: result.errorOutput)
        }
    }

    /// Leaves of a bundle only the part that is the file's.
    private static func cut(_ path: String, _ file: BackupFile) throws {
        guard let length = file.length, file.path.contains("/bundle/") else { return }
        let descriptor = try FileDescriptor.open(FilePath(path), .readWrite)
        defer { try? descriptor.close() }
        var bytes = [UInt8](repeating: 0, count: Int(length))
        let count = try bytes.withUnsafeMutableBytes { try descriptor.read(fromAbsoluteOffset: file.offset, into: $0) }
        guard count == Int(length) else {
            throw PgBackRestError(reason: .unreadableOutput, message: "\(file.path) is shorter than its manifest says")
        }
        try descriptor.writeAll(toAbsoluteOffset: 0, bytes)
        try descriptor.resize(to: length)
    }

    private static func unpack(_ packed: String, to path: String, compression: String) async throws {
        let output = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
        defer { try? output.close() }
        let programs = ["gz": "gzip", "bz2": "bzip2", "lz4": "lz4", "zst": "zstd", "none": "cat"]
        guard let program = programs[compression] else {
            throw PgBackRestError(reason: .unsupported, message: "compression \(compression) is not known")
        }
        let arguments = compression == "none" ? [packed] : ["-d", "-c", packed]
        try await ProcessRunner.runSuccessfully(
            CommandLine(program: program, arguments: arguments),
            options: ProcessOptions(timeLimit: 60, keepLines: 20, output: output))
    }
}
