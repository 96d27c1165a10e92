import Glibc

/// The environment variables that pgstanza looks at, read once.
struct Environment: Sendable, Equatable {
    private let values: [String: String]

    init(_ values: [String: String]) {
        self.values = values
    }

    /// Those of this process whose name begins with `PGSTANZA_`, and `NO_COLOR` and `TERM`.
    static func current() -> Environment {
        var values: [String: String] = [:]
        var pointer = environ
        while let entry = pointer.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                let name = String(text[..<equals])
                if name.hasPrefix("PGSTANZA_") || name == "NO_COLOR" || name == "TERM" {
                    values[name] = String(text[text.index(after: equals)...])
                }
            }
            pointer += 1
        }
        return Environment(values)
    }

    /// The value of `name`; an empty one counts as not set.
    subscript(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The environment's side of a flag: `1`, `true`, `yes` and `on` say yes, everything else no; nil when not set.
    func flag(_ name: String) -> Bool? {
        self[name].map { ["1", "true", "yes", "on"].contains($0.lowercased()) }
    }
}
