import FoundationEssentials

/// Which further files a configuration file of the server takes in.
///
/// Read from the text and not from `pg_file_settings`, so that it works for a server that is down, and also finds
/// included files that set nothing.
enum ConfigurationIncludes {
    enum Directive: Equatable {
        case file(String)
        case directory(String)
    }

    /// Deeper nesting is an error for the server too.
    private static let depthLimit = 10

    /// Every existing file that `path` includes, directly or through others, each once, in the order the server
    /// reads them.
    static func files(includedBy path: String, read: (String) -> String?) -> [String] {
        var found: [String] = []
        collect(path, depth: 0, into: &found, read: read)
        return found
    }

    private static func collect(_ path: String, depth: Int, into found: inout [String], read: (String) -> String?) {
        guard depth < depthLimit, let text = read(path) else { return }
        let base = directory(of: path)
        for directive in directives(in: text) {
            let files: [String] =
                switch directive {
                case .file(let name): [absolute(name, base)]
                case .directory(let name): listing(absolute(name, base))
                }
            for file in files where !found.contains(file) && read(file) != nil {
                found.append(file)
                collect(file, depth: depth + 1, into: &found, read: read)
            }
        }
    }

    /// The include directives of a text, in order: `include 'x'`, `include_if_exists = 'x'`, `include_dir 'x'`.
    static func directives(in text: String) -> [Directive] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.drop { $0 == " " || $0 == "\t" }
            let name = words.prefix { $0.isLetter || $0 == "_" }.lowercased()
            guard ["include", "include_if_exists", "include_dir"].contains(name) else { return nil }
            let rest = words.dropFirst(name.count)
            guard let first = rest.first, first == " " || first == "\t" || first == "=" else { return nil }
            let value = unquoted(rest.drop { $0 == " " || $0 == "\t" || $0 == "=" })
            guard !value.isEmpty else { return nil }
            return name == "include_dir" ? .directory(value) : .file(value)
        }
    }

    private static func unquoted(_ text: Substring) -> String {
        guard let quote = text.first, quote == "'" || quote == "\"" else {
            return String(text.prefix { $0 != " " && $0 != "\t" && $0 != "#" })
        }
        return String(text.dropFirst().prefix { $0 != quote })
    }

    /// The files of an include directory: names that end in `.conf` and do not begin with a dot, sorted.
    private static func listing(_ path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".conf") && !$0.hasPrefix(".") }.sorted().map { "\(path)/\($0)" }
    }

    private static func directory(of path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }

    private static func absolute(_ name: String, _ base: String) -> String {
        name.hasPrefix("/") ? name : "\(base)/\(name)"
    }
}
