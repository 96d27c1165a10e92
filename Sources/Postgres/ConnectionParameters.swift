/// Where and as whom to connect. There is no place for a password: a role that needs one finds it by `passfile`.
public struct ConnectionParameters: Sendable, Hashable {
    /// Socket directory (absolute path), host name or address.
    public var host: String
    public var port: Int
    public var user: String
    public var database: String
    /// Password file; nil leaves libpq's own (`~/.pgpass`).
    public var passfile: String?
    public var applicationName: String
    /// Seconds until a connection attempt is given up.
    public var connectTimeout: Double
    /// Seconds that a statement may take unless the call says otherwise.
    public var queryTimeout: Double
    /// Server settings for the session, over the ones pgstanza always sets.
    public var settings: [String: String]
    /// A replication connection: `true` for physical, `database` for logical; nil for an ordinary one.
    public var replication: String?
    /// Further libpq options such as `sslmode`; never `password`.
    public var options: [String: String]

    public init(
        host: String, port: Int, user: String, database: String, passfile: String? = nil,
        applicationName: String = "pgstanza", connectTimeout: Double = 10, queryTimeout: Double = 60,
        settings: [String: String] = [:], replication: String? = nil, options: [String: String] = [:]
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.database = database
        self.passfile = passfile
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.queryTimeout = queryTimeout
        self.settings = settings
        self.replication = replication
        self.options = options
    }

    /// Settings of every session, whatever the database or role says: times in UTC in ISO form, no limit that would
    /// end our statements, and an empty search path (`pg_catalog` alone is looked in), so that nothing a user made can
    /// stand in for a built-in function, and an unqualified CREATE fails instead of landing somewhere. A connection
    /// that runs a user's script gives its `search_path` in `settings`: ``usersSearchPath``.
    static let alwaysSet: [String: String] = [
        "DateStyle": "ISO, YMD",
        "TimeZone": "UTC",
        "IntervalStyle": "postgres",
        "extra_float_digits": "1",
        "search_path": "",
        "statement_timeout": "0",
        "lock_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "standard_conforming_strings": "on",
        "default_transaction_read_only": "off",
        "default_transaction_isolation": "read committed",
    ]

    /// Postgres's own default for `search_path`.
    public static let usersSearchPath = ["search_path": "\"$user\", public"]

    /// Keyword and value pairs for libpq, in a fixed order.
    var keywords: [(String, String)] {
        var pairs = [
            ("host", host), ("port", String(port)), ("user", user), ("dbname", database),
            ("application_name", applicationName), ("client_encoding", "UTF8"),
            ("connect_timeout", String(max(2, Int(connectTimeout.rounded(.up))))),
        ]
        if let passfile { pairs.append(("passfile", passfile)) }
        if let replication { pairs.append(("replication", replication)) }
        // A walsender takes no settings that it does not know from a physical replication connection.
        if replication != "true" {
            let all = Self.alwaysSet.merging(settings) { $1 }
            let text = all.sorted { $0.key < $1.key }.map { "-c \($0.key)=\(Self.escaped($0.value))" }
            pairs.append(("options", text.joined(separator: " ")))
        }
        for (key, value) in options.sorted(by: { $0.key < $1.key }) where key != "password" {
            pairs.append((key, value))
        }
        return pairs
    }

    /// The server splits `options` at blanks; a backslash keeps one.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value {
            if character == " " || character == "\\" { text.append("\\") }
            text.append(character)
        }
        return text
    }

    /// How people name this server: `socket /run port 5432` or `10.0.0.2:5432`.
    public var place: String {
        host.hasPrefix("/") ? "socket \(host) port \(port)" : "\(host):\(port)"
    }
}
