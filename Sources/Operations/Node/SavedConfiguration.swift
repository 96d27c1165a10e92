import Catalog
import Failures
import FoundationEssentials
import Glibc
import Postgres

/// What a configuration file is to its server.
public enum ConfigurationFileRole: String, Sendable, Codable, CaseIterable {
    /// `postgresql.conf`.
    case server
    /// `postgresql.auto.conf`.
    case auto
    case hostBasedAuthentication
    case ident
    /// Taken in by one of the others.
    case included
}

/// The copy of one configuration file.
public struct SavedConfigurationFile: Sendable, Equatable {
    public var role: ConfigurationFileRole
    /// Where it belongs: absolute path of the original.
    public var path: String
    /// The same below the data directory; nil when it lies outside, where a restore does not touch it.
    public var pathInDataDirectory: String?
    /// Permission bits of the original.
    public var mode: UInt32
    public var text: String

    var isFence: Bool { role == .hostBasedAuthentication && HBA.isFence(text) }

    /// Where it goes when the data directory is `pgdata`.
    func target(pgdata: String) -> String { pathInDataDirectory.map { "\(pgdata)/\($0)" } ?? path }
}

/// The configuration files of a node's primary as they were at one moment.
public struct SavedConfiguration: Sendable, Equatable {
    /// Data directory of the server that they were copied from.
    public var pgdata: String
    /// In the order the server reads them: an included file comes after the one that names it.
    public var files: [SavedConfigurationFile]

    /// The one file of a role; nil when none was saved.
    public func file(_ role: ConfigurationFileRole) -> SavedConfigurationFile? { files.first { $0.role == role } }

    /// The text of the file with this path below the data directory; nil when none was saved.
    public func text(of pathInDataDirectory: String) -> String? {
        files.first { $0.pathInDataDirectory == pathInDataDirectory }?.text
    }

    /// The value the files give a setting: that of `postgresql.auto.conf` first, then of the last file that has it.
    /// nil when none has, and the server's default counts.
    public func setting(_ name: String) -> String? {
        if let text = file(.auto)?.text, let value = ServerSettingsFile(text: text).get(name) { return value }
        return files.reversed().lazy.filter { $0.role == .server || $0.role == .included }
            .compactMap { ServerSettingsFile(text: $0.text).get(name) }.first
    }

    /// Where the host based authentication file goes when the data directory is `pgdata`.
    public func hbaPath(pgdata: String) -> String {
        file(.hostBasedAuthentication)?.target(pgdata: pgdata) ?? "\(pgdata)/pg_hba.conf"
    }

    /// Writes the files that belong into the data directory back into it, but those in `except`.
    public func putBack(into pgdata: String, except: Set<String> = []) throws {
        for file in files {
            guard let path = file.pathInDataDirectory, !except.contains(path) else { continue }
            try Directories.create(Directories.parent(of: "\(pgdata)/\(path)"))
            try AtomicFile.write(file.text, to: "\(pgdata)/\(path)", mode: file.mode)
        }
    }

    /// Writes the one file back whose place is `path`, inside the data directory or outside; nothing when none is.
    public func putBackOnly(_ path: String, pgdata: String) throws {
        guard let file = files.first(where: { $0.target(pgdata: pgdata) == path }) else { return }
        try AtomicFile.write(file.text, to: path, mode: file.mode)
    }
}

extension SavedConfiguration {
    /// `manifest.json` beside the copies: where each belongs.
    private struct Manifest: Codable {
        struct Entry: Codable {
            var role: ConfigurationFileRole
            var path: String
            var pathInDataDirectory: String?
            var mode: UInt32
            /// Name of the copy in the same directory.
            var copy: String
        }
        var formatVersion = 1
        var pgdata: String
        var files: [Entry]
    }

    private static let manifestName = "manifest.json"

    /// Reads the copies in `directory`, or the older ones beside it when a replacement was cut short.
    ///
    /// Throws `no-saved-configuration` (66) when there are none.
    public static func read(from directory: String) throws -> SavedConfiguration {
        for place in [directory, "\(directory).old"] {
            guard let data = FileManager.default.contents(atPath: "\(place)/\(manifestName)") else { continue }
            let manifest = try JSONDecoder().decode(Manifest.self, from: data)
            let files = try manifest.files.map { entry in
                guard let text = ConfigurationFileFinder.read("\(place)/\(entry.copy)") else {
                    throw Directories.systemError("read", "\(place)/\(entry.copy)")
                }
                return SavedConfigurationFile(
                    role: entry.role, path: entry.path, pathInDataDirectory: entry.pathInDataDirectory,
                    mode: entry.mode, text: text)
            }
            return SavedConfiguration(pgdata: manifest.pgdata, files: files)
        }
        throw OperationError(
            .notFound, code: "no-saved-configuration", "there is no copy of configuration files in \(directory)",
            hint: "db create, db update and backup make it while the server runs")
    }

    /// Replaces what `directory` holds by these files, as a whole: a reader or a crash sees the old or the new ones.
    public func write(to directory: String) throws {
        let new = "\(directory).new"
        let old = "\(directory).old"
        try Directories.removeTree(new)
        try Directories.create(new)
        var manifest = Manifest(pgdata: pgdata, files: [])
        for file in files {
            let base = file.path.split(separator: "/").last.map(String.init) ?? "file"
            let isTaken = manifest.files.contains { $0.copy == base }
            let copy = isTaken || base == Self.manifestName ? "\(manifest.files.count).\(base)" : base
            try AtomicFile.write(file.text, to: "\(new)/\(copy)", mode: 0o600)
            manifest.files.append(
                Manifest.Entry(
                    role: file.role, path: file.path, pathInDataDirectory: file.pathInDataDirectory, mode: file.mode,
                    copy: copy))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(manifest), as: UTF8.self) + "\n"
        try AtomicFile.write(text, to: "\(new)/\(Self.manifestName)", mode: 0o600)
        // Where a run was killed between the two moves, the old ones are all there is until the new ones are in place.
        if Directories.exists(directory) {
            try Directories.removeTree(old)
            try Directories.move(directory, to: old)
        }
        try Directories.move(new, to: directory)
        try Directories.removeTree(old)
    }
}

extension NodeTools {
    /// Copies every configuration file of the node's primary to the home directory: the running server says where they
    /// are; without one the files are found from its last command line and from themselves.
    ///
    /// A restore's fence is not the node's own file: the copy made before it stays. Throws `fenced` (73) when there is
    /// none.
    public func refreshSavedConfiguration(_ node: NodePlacement) async throws {
        var current = try await currentConfiguration(node)
        if let index = current.files.firstIndex(where: \.isFence) {
            guard let own = try? savedConfiguration(node).file(.hostBasedAuthentication), !own.isFence else {
                throw OperationError(
                    .refused, code: "fenced",
                    "\(current.files[index].path) is the fence of a restore, and no copy of the node's own file is kept",
                    hint: "put the node's own file there, and have the server reload it")
            }
            current.files[index].text = own.text
            current.files[index].mode = own.mode
        }
        try current.write(to: node.confPath)
        if try isRunning(node.primary) { try await refreshSavedInventory(node) }
    }

    /// The configuration files of the node's primary as they are now.
    public func currentConfiguration(_ node: NodePlacement) async throws -> SavedConfiguration {
        let pgdata = node.primary.pgdata
        var places: [String: String] = [:]
        if try isRunning(node.primary) {
            places = try await withConnection(to: node.primary, of: node) { connection in
                let rows = try await connection.query(
                    "SELECT name, setting FROM pg_settings WHERE name IN ('config_file', 'hba_file', 'ident_file')")
                return Dictionary(rows.compactMap { row in row[0].flatMap { n in row[1].map { (n, $0) } } }) { $1 }
            }
        }
        let root = pgdata.hasSuffix("/") ? pgdata : pgdata + "/"
        let files = ConfigurationFileFinder(pgdata: pgdata).find(settings: places).map { role, path in
            var status = stat()
            let mode = stat(path, &status) == 0 ? status.st_mode & 0o777 : 0o600
            return SavedConfigurationFile(
                role: role, path: path,
                pathInDataDirectory: path.hasPrefix(root) ? String(path.dropFirst(root.count)) : nil, mode: mode,
                text: ConfigurationFileFinder.read(path) ?? "")
        }
        return SavedConfiguration(pgdata: pgdata, files: files)
    }

    /// The copies that the home directory keeps of the node's configuration files.
    public func savedConfiguration(_ node: NodePlacement) throws -> SavedConfiguration {
        try SavedConfiguration.read(from: node.confPath)
    }

    /// Copies the home directory's copies once more, to where nothing will refresh them.
    public func copySavedConfiguration(_ node: NodePlacement, to directory: String) throws {
        try Directories.create(Directories.parent(of: directory))
        try savedConfiguration(node).write(to: directory)
    }
}
