import Failures
import Processes

/// Settings for a server's command line.
enum ServerOptions {
    /// `-c name=value` for each, as one string: pg_ctl hands it to a shell, so every value is quoted for one.
    static func text(_ options: [String: String]) throws -> String {
        try options.sorted { $0.key < $1.key }.map { name, value in
            guard isName(name) else {
                throw PostgresError(
                    .invalidInput, code: "setting-name", "\"\(name)\" is not the name of a setting",
                    hint: "SELECT name FROM pg_settings lists them")
            }
            guard !value.utf8.contains(where: { $0 < 0x20 }) else {
                throw PostgresError(
                    .invalidInput, code: "setting-value", "the value of \(name) holds a control character",
                    hint: "take it out")
            }
            return "-c " + ShellQuoting.quoted("\(name)=\(value)")
        }.joined(separator: " ")
    }

    /// Whether the server would take this as a setting's name.
    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first == UInt8(ascii: "_") || isLetter(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") || $0 == 46 }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (65...90).contains(byte) }

    /// Throws when pg_ctl's shell would read `path` as anything but a path: it puts it between double quotes.
    static func requirePlain(_ path: String) throws {
        let special: Set<Character> = ["\"", "$", "`", "\\", "\n", "\r", "!"]
        guard !path.contains(where: { special.contains($0) }) else {
            throw PostgresError(
                .invalidInput, code: "path-not-plain",
                "\(path) holds a character that pg_ctl hands to a shell",
                hint: "use a path without \" $ ` \\ ! and line breaks")
        }
    }
}
