import Spec

/// A pgBackRest configuration file as a value.
struct ConfigurationFile {
    static let mask = "********"

    let sections: [ConfigurationSection]

    var text: String { rendered { _, value in value } }

    var maskedText: String { rendered { name, value in SecretOptions.contains(name) ? Self.mask : value } }

    private func rendered(_ shown: (_ name: String, _ value: String) -> String) -> String {
        let blocks = sections.map { section in
            (["[\(section.name)]"] + section.options.map { "\($0.name)=\(shown($0.name, $0.value))" })
                .joined(separator: "\n") + "\n"
        }
        return (["# Written by pgstanza, which writes it anew: changes made here are lost.\n"] + blocks)
            .joined(separator: "\n")
    }
}

/// One section. An option that is set again keeps its place and takes the new value: pgBackRest refuses a file in
/// which a key stands twice (exit code 31).
struct ConfigurationSection {
    let name: String
    private(set) var options: [(name: String, value: String)] = []

    init(name: String) {
        self.name = name
    }

    /// Sets an option. Everything that goes into a file passes here, so that no value can smuggle in a line.
    mutating func set(_ name: String, _ value: String) throws(PgBackRestError) {
        try OptionChecks.checkName(name)
        try OptionChecks.check(name, value)
        if let index = options.firstIndex(where: { $0.name == name }) {
            options[index].value = value
        } else {
            options.append((name, value))
        }
    }

    /// Sets an option whose value must be an absolute path without empty parts.
    mutating func setPath(_ name: String, _ path: String) throws(PgBackRestError) {
        guard path.hasPrefix("/"), !path.contains("//") else {
            throw PgBackRestError(
                reason: .configuration(option: name), message: "option \(name): \"\(path)\" is not an absolute path",
                hint: "pgBackRest wants a path that begins with / and has no // in it")
        }
        try set(name, path)
    }
}
