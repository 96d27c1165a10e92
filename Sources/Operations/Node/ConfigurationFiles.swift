import FoundationEssentials
import Glibc
import Postgres

/// Finds the configuration files of a server, running or not.
struct ConfigurationFileFinder {
    var pgdata: String

    /// Every configuration file that exists, with its role.
    ///
    /// `settings` are the running server's `config_file`, `hba_file` and `ident_file`; without a server they are taken
    /// from the command line it was last started with and from `postgresql.conf` itself.
    func find(settings: [String: String]) -> [(role: ConfigurationFileRole, path: String)] {
        let server = settings["config_file"] ?? lastStartedWith("config_file") ?? "\(pgdata)/postgresql.conf"
        let serverText = Self.read(server) ?? ""
        func place(_ name: String, _ defaultName: String) -> String {
            settings[name] ?? lastStartedWith(name) ?? Self.setting(name, in: serverText).map { resolve($0) }
                ?? "\(pgdata)/\(defaultName)"
        }
        let hba = place("hba_file", "pg_hba.conf")
        let ident = place("ident_file", "pg_ident.conf")
        var found: [(role: ConfigurationFileRole, path: String)] = [
            (.server, server), (.auto, "\(pgdata)/postgresql.auto.conf"),
            (.hostBasedAuthentication, hba), (.ident, ident),
        ]
        for path in [server, hba, ident] {
            for file in ConfigurationIncludes.files(includedBy: path, read: Self.read)
            where !found.contains(where: { $0.path == file }) {
                found.append((.included, file))
            }
        }
        return found.filter { Self.read($0.path) != nil }
    }

    static func read(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// A relative file name in the configuration is relative to the data directory.
    private func resolve(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(pgdata)/\(path)"
    }

    /// The last uncommented value of a file setting in the text.
    private static func setting(_ name: String, in text: String) -> String? {
        ServerSettingsFile(text: text).get(name)
    }

    /// A setting on the command line that `postmaster.opts` keeps: `… "-c" "config_file=/etc/postgresql/…"`.
    private func lastStartedWith(_ name: String) -> String? {
        guard let text = Self.read("\(pgdata)/postmaster.opts") else { return nil }
        let words = text.split(separator: "\"").map(String.init)
        for word in words.reversed() {
            for prefix in ["\(name)=", "--\(name)=", "--\(name.replacing("_", with: "-"))="]
            where word.hasPrefix(prefix) {
                return resolve(String(word.dropFirst(prefix.count)))
            }
        }
        return nil
    }
}
