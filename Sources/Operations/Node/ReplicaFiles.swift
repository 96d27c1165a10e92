import Catalog
import Failures
import Postgres

/// The configuration files of a replica whose primary keeps its own outside the data directory, as Debian does: a base
/// backup does not bring them.
struct ReplicaFiles {
    /// The primary's files.
    var primary: SavedConfiguration

    /// Settings that name the primary's own places.
    private static let places: Set<String> = [
        "data_directory", "config_file", "hba_file", "ident_file", "external_pid_file",
    ]

    /// Texts by name in the data directory, of those files that lie outside the primary's.
    var texts: [String: String] {
        var found: [String: String] = [:]
        func add(_ role: ConfigurationFileRole, as name: String, _ text: (String) -> String = { $0 }) {
            guard let file = primary.file(role), file.pathInDataDirectory == nil else { return }
            found[name] = text(file.text)
        }
        add(.server, as: "postgresql.conf", merged)
        add(.hostBasedAuthentication, as: "pg_hba.conf")
        add(.ident, as: "pg_ident.conf")
        return found
    }

    /// The text without the primary's places, and with the included files' in place of the directives, which may be
    /// relative to where the primary's file lies.
    private func merged(_ text: String) -> String {
        let included = primary.files.filter { $0.role == .included && $0.pathInDataDirectory == nil }
        var file = ServerSettingsFile(text: text)
        for more in included {
            file.append("# \(more.path)")
            file.append(more.text)
        }
        file.remove { Self.places.contains($0) || ["include", "include_if_exists", "include_dir"].contains($0) }
        return file.text
    }

    /// Writes those that are missing in a replica's data directory.
    func writeMissing(in pgdata: String) throws {
        for (name, text) in texts where !Directories.exists("\(pgdata)/\(name)") {
            try AtomicFile.write(text, to: "\(pgdata)/\(name)", mode: 0o600)
        }
    }
}
