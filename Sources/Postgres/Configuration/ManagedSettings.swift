import Failures

/// `pgstanza.conf`: the settings that a spec gives a cluster, in a file of their own beside `postgresql.conf`.
public enum ManagedSettings {
    /// Its name, relative to the file that includes it.
    public static let fileName = "pgstanza.conf"

    /// The line that stands at the end of `postgresql.conf`.
    public static let includeLine = "include_if_exists = '\(fileName)'"

    /// Text of the file: one line for each setting, sorted by name. Throws when a name is not one the server takes or
    /// a value holds a NUL byte.
    public static func text(_ settings: [String: String], note: String? = nil) throws -> String {
        var lines = ["# Written by pgstanza; changes made here are lost. Set postgresql_conf in the spec instead."]
        if let note { lines.append("# " + note.replacing("\n", with: " ")) }
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            guard ServerOptions.isName(name) else {
                throw PostgresError(
                    .invalidInput, code: "setting-name", "\"\(name)\" is not the name of a setting",
                    hint: "SELECT name FROM pg_settings lists them; an extension's has its prefix and a dot")
            }
            guard !value.utf8.contains(0) else {
                throw PostgresError(
                    .invalidInput, code: "setting-value", "the value of \(name) holds a NUL byte", hint: "take it out")
            }
            lines.append(ServerSettingsFile.line(name, value))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `postgresql.conf` with the include at its end; unchanged when it has it.
    public static func including(_ text: String) -> String {
        var file = ServerSettingsFile(text: text)
        guard !file.includes.contains(where: { $0.path == fileName }) else { return text }
        file.append("")
        file.append(includeLine)
        return file.text
    }
}
