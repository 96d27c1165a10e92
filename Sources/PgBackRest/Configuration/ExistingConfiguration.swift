/// A `pgbackrest.conf` that somebody wrote, read as pgBackRest reads it (`iniValueNext` in its ini.c): `#` begins a
/// comment only as the first character of a line, a line is split at its first `=`, names and values are trimmed.
public struct ExistingConfiguration: Sendable, Equatable {
    /// One line of it.
    public struct Entry: Sendable, Equatable {
        /// `global`, `demo`, `global:backup`, `demo:archive-push`.
        public var section: String
        public var name: String
        public var value: String
    }

    public private(set) var entries: [Entry]

    /// Throws ``PgBackRestError`` for what pgBackRest would not read either.
    public init(_ text: String) throws(PgBackRestError) {
        entries = []
        var section: String?
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = Self.trimmed(raw)
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("[") {
                guard line.hasSuffix("]"), line.count > 2 else { throw Self.damaged(index + 1, "a section ends in ]") }
                section = String(line.dropFirst().dropLast())
                continue
            }
            guard let equals = line.firstIndex(of: "="), let section else {
                throw Self.damaged(index + 1, section == nil ? "it stands in no section" : "it has no =")
            }
            entries.append(
                Entry(
                    section: section, name: String(Self.trimmed(line[..<equals])),
                    value: String(Self.trimmed(line[line.index(after: equals)...]))))
        }
    }

    private static func trimmed(_ text: some StringProtocol) -> Substring {
        var text = Substring(text)
        while text.first?.isWhitespace ?? false { text = text.dropFirst() }
        while text.last?.isWhitespace ?? false { text = text.dropLast() }
        return text
    }

    private static func damaged(_ line: Int, _ why: String) -> PgBackRestError {
        PgBackRestError(
            reason: .unreadableOutput, message: "line \(line) of the configuration cannot be read: \(why)")
    }

    /// Adds what another file says, as an include directory does.
    public mutating func append(_ other: ExistingConfiguration) { entries += other.entries }

    /// The stanzas that it has sections for, in the order of the file.
    public var stanzas: [String] {
        var found: [String] = []
        for entry in entries where entry.section != "global" && !entry.section.contains(":") {
            if !found.contains(entry.section) { found.append(entry.section) }
        }
        return found
    }

    /// The options that count for a stanza whatever the command: its own over the global ones.
    public func options(of stanza: String) -> [String: String] {
        var found: [String: String] = [:]
        for section in ["global", stanza] {
            for entry in entries where entry.section == section { found[entry.name] = entry.value }
        }
        return found
    }

    /// Options of single commands, in `[global:COMMAND]` and `[STANZA:COMMAND]`.
    public func commandOptions(of stanza: String) -> [Entry] {
        entries.filter { entry in
            guard let colon = entry.section.firstIndex(of: ":") else { return false }
            return ["global", stanza].contains(String(entry.section[..<colon]))
        }
    }
}
