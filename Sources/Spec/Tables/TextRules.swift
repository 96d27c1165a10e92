import Cron

/// Rules for texts that are no names.
extension TextRule {
    /// A version as specs write it. Postgres has no other since 10.
    static let postgresVersion = TextRule(
        what: "a Postgres version", hint: "major and minor, as in \"15.6\"", pattern: "^[0-9]{2}\\.[0-9]{1,2}$",
        isValid: { PostgresVersion(text: $0) != nil })

    /// An absolute path that means one place only: no `..`, `.` or `//` in it.
    ///
    /// - Parameter longest: in bytes, as the operating system counts.
    static func absolutePath(_ what: String, longest: Int = 1024) -> TextRule {
        TextRule(
            what: what, hint: "an absolute path",
            pattern: "^" + pathPattern + "$",
            complaint: { PathRules.complaint($0, longest: longest) },
            isValid: { _ in true })
    }

    private static let pathPattern = "(?!.*//)/(?!(.*/)?\\.{1,2}(/|$))[^\\u0000-\\u001f\\u007f]*"

    /// A program: an absolute path, or a name that is looked up.
    static let program = TextRule(
        what: "a program", hint: "a name that is looked up in PATH, or an absolute path",
        pattern: "^(" + pathPattern + "|[A-Za-z0-9][A-Za-z0-9._+-]*)$",
        complaint: { $0.hasPrefix("/") ? PathRules.complaint($0, longest: 1024) : nil },
        isValid: {
            $0.hasPrefix("/")
                || $0.isMade(first: Characters.isAlphanumeric) {
                    Characters.isAlphanumeric($0) || "._+-".unicodeScalars.contains($0)
                }
        })

    static let cronExpression = TextRule(
        what: "a cron expression", hint: "five fields in UTC: minute, hour, day of month, month, day of week",
        pattern: "^(@[a-z]+|\\S+(\\s+\\S+){4})$",
        complaint: cronComplaint,
        isValid: { _ in true })

    private static func cronComplaint(_ text: String) -> Complaint? {
        do throws(CronError) {
            _ = try CronExpression(text)
            return nil
        } catch {
            return Complaint(error.message, hint: error.hint)
        }
    }

    /// What pgBackRest passes to the store's address; DNS has the last word on it.
    static func storeName(_ what: String, length: ClosedRange<Int>) -> TextRule {
        TextRule(
            what: what, hint: "\(length.lowerBound) to \(length.upperBound) of letters, digits, '.', '_' and '-'",
            pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$", length: length,
            isValid: {
                $0.isMade(first: Characters.isAlphanumeric) {
                    Characters.isAlphanumeric($0) || "._-".unicodeScalars.contains($0)
                }
            })
    }

    static let region = TextRule(
        what: "a region", hint: "as in us-east-1", pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$", length: 1...32,
        isValid: {
            $0.isMade(first: Characters.isAlphanumeric) { Characters.isAlphanumeric($0) || $0 == "_" || $0 == "-" }
        })

    /// pgBackRest speaks TLS to every store, so there is no other scheme to choose.
    static let endpoint = TextRule(
        what: "an endpoint", hint: "a host name, with a port where it is not 443: s3.example.com:9000",
        pattern: "^(https://)?[A-Za-z0-9\\[][A-Za-z0-9._:\\[\\]-]*/?$", length: 1...255,
        complaint: { text in
            text.lowercased().hasPrefix("http://")
                ? Complaint(
                    "pgBackRest reaches object stores over TLS only", hint: "write the host name alone, without http://"
                )
                : nil
        },
        isValid: { text in
            var host = Substring(text)
            if host.hasPrefix("https://") { host = host.dropFirst("https://".count) }
            if host.hasSuffix("/") { host = host.dropLast() }
            return String(host).isMade(first: { Characters.isAlphanumeric($0) || $0 == "[" }) {
                Characters.isAlphanumeric($0) || "._:[]-".unicodeScalars.contains($0)
            }
        })

    /// A host name or an IP address; it becomes part of connection strings and of pg_hba.conf.
    static let address = TextRule(
        what: "an address", hint: "a host name or an IP address, without a port",
        pattern: "^[A-Za-z0-9:][A-Za-z0-9:._-]*$",
        length: 1...255,
        isValid: {
            $0.isMade(first: { Characters.isAlphanumeric($0) || $0 == ":" }) {
                Characters.isAlphanumeric($0) || ":._-".unicodeScalars.contains($0)
            }
        })

    static let statement = TextRule(
        what: "an SQL statement", hint: "one statement per element", pattern: "\\S",
        isValid: { text in
            !text.unicodeScalars.contains("\0") && text.unicodeScalars.contains { !$0.properties.isWhitespace }
        })

    /// One argument of a program; any text but a NUL.
    static let argument = TextRule(
        what: "an argument", hint: "any text without a NUL character", pattern: "^[^\\u0000]*$",
        isValid: { !$0.unicodeScalars.contains("\0") })

    static let annotationKey = TextRule(
        what: "the name of an annotation", hint: "any text without '=' and control characters",
        pattern: "^[^=\\u0000-\\u001f\\u007f]+$",
        isValid: { !$0.contains("=") && OptionText.problem(inValue: $0) == nil })
}

extension PostgresVersion {
    /// Reads `NN.N` or `NN.NN`; nil for anything else.
    public init?(text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts[0].isDecimal, parts[0].utf8.count == 2, parts[1].isDecimal,
            parts[1].utf8.count <= 2, let major = Int(parts[0]), let minor = Int(parts[1])
        else { return nil }
        self.init(major: major, minor: minor)
    }
}

/// What makes a path fit to be written into configuration files and compared with others.
enum PathRules {
    static func complaint(_ path: String, longest: Int) -> Complaint? {
        let quoted = Wording.quoted(path)
        if let problem = OptionText.problem(inValue: path) {
            return Complaint("the path \(quoted) \(problem)", hint: "configuration files cannot hold that")
        }
        if !path.hasPrefix("/") {
            return Complaint("the path \(quoted) is not absolute", hint: "start it with /")
        }
        if path.contains("//") {
            return Complaint("the path \(quoted) holds //", hint: "pgBackRest refuses that; write a single /")
        }
        if path.split(separator: "/").contains(where: { $0 == ".." || $0 == "." }) {
            return Complaint(
                "the path \(quoted) holds a . or .. part", hint: "write the path out, so that it names one place only")
        }
        if path.utf8.count > longest {
            return Complaint("the path \(quoted) has \(path.utf8.count) bytes", hint: "at most \(longest) fit")
        }
        return nil
    }

    /// The same for every way to write one place; `/a/b/` is `/a/b`.
    static func normalized(_ path: String) -> String {
        "/" + path.split(separator: "/").joined(separator: "/")
    }
}
