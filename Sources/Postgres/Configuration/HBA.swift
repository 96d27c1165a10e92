/// Text of `pg_hba.conf` and `pg_ident.conf`.
public enum HBA {
    /// The user name map by which the home's owner becomes the superuser.
    public static let mapName = "pgstanza"
    /// The role that replicas and peers replicate as.
    public static let replicationRole = "pgstanza"

    /// How the superuser comes in over the local socket.
    public enum LocalAccess: Sendable, Hashable {
        case peer
        /// `peer` with this user name map.
        case peerMap(String)
        /// A method by its name, for an adopted cluster that has its own.
        case method(String)

        var text: String {
            switch self {
            case .peer: "peer"
            case .peerMap(let name): "peer map=\(name)"
            case .method(let name): name
            }
        }
    }

    /// A new cluster's file: the spec's lines first, so that they win; then local connections by `peer`, with the map
    /// for the superuser, and everything over the network by `scram-sha-256`.
    public static func text(superuser: String, specLines: [String] = []) -> String {
        let su = field(superuser)
        let role = field(replicationRole)
        var lines = ["# Written by pgstanza; changes made here are lost. Set pg_hba_conf in the spec instead."]
        if !specLines.isEmpty { lines += ["# from the spec"] + specLines.map(oneLine) }
        lines += [
            "# pgstanza's own",
            "local all \(su) peer map=\(mapName)",
            "local replication \(su) peer map=\(mapName)",
            "local all \(role) scram-sha-256",
            "local replication \(role) scram-sha-256",
            "local all all peer",
            "host replication \(role) all scram-sha-256",
            "host all all all scram-sha-256",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// A new cluster's `pg_ident.conf`: the operating system user that pgstanza runs as, and the superuser's own
    /// name, become the superuser.
    public static func ident(osUser: String, superuser: String, specLines: [String] = []) -> String {
        var lines = ["# Written by pgstanza; changes made here are lost. Set pg_ident_conf in the spec instead."]
        lines += specLines.map(oneLine)
        for user in osUser == superuser ? [osUser] : [osUser, superuser] {
            lines.append("\(mapName) \(field(user)) \(field(superuser))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The fence: the superuser over the local socket, replicas, what is `admitted` besides, and nobody else.
    ///
    /// `token` (letters, digits, `_`) makes this fence one of its own: two databases that do not exist are named by
    /// it, one closed and one open, so that the server's answers tell whether it has read this very file; see
    /// ``FenceProof``. `admitted` lines, of peers for instance, come before the refusals.
    public static func fence(superuser: String, access: LocalAccess, token: String, admitted: [String] = []) -> String {
        let su = field(superuser)
        let role = field(replicationRole)
        var lines = [
            "\(fenceStart)\(oneLine(token)) of a restore. Only pgstanza and replicas come in.",
            "# The node's own file comes back when the restore ends; \"pgstanza restore abort\" brings it back too.",
            "local \(FenceProof.closedDatabase(token)) all reject",
            "local all \(su) \(access.text)",
            "host replication \(role) all scram-sha-256",
            "local replication \(role) scram-sha-256",
        ]
        lines += admitted.map(oneLine)
        lines += [
            "local all all reject",
            "local replication all reject",
            "host all all all reject",
            "host replication all all reject",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether a file's text is that of a ``fence(superuser:access:token:admitted:)``, whosever it is.
    public static func isFence(_ text: String) -> Bool { text.hasPrefix(fenceStart) }

    private static let fenceStart = "# Written by pgstanza: fence "

    /// The lines of a file that would let `user` into `database`, or keep it out, in their order and for this user and
    /// database alone: what a fence leaves of them for peers.
    ///
    /// Groups, included lists and regular expressions are taken to match.
    public static func narrowed(_ text: String, database: String, user: String) -> [String] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            var rest = line.drop(while: \.isWhitespace)
            guard !rest.isEmpty, rest.first != "#" else { return nil }
            let type = nextField(&rest)
            let databases = nextField(&rest)
            let users = nextField(&rest)
            guard !type.hasPrefix("include"), !users.isEmpty,
                matches(databases, database, words: ["all"] + (database == user ? ["sameuser"] : [])),
                matches(users, user, words: ["all"])
            else { return nil }
            return "\(type) \(field(database)) \(field(user)) \(rest.drop(while: \.isWhitespace))"
        }
    }

    /// Takes the next field off a line, quotes and all: blanks inside quotes do not end it, nor do those after a comma.
    private static func nextField(_ rest: inout Substring) -> Substring {
        rest = rest.drop(while: \.isWhitespace)
        var isQuoted = false
        var isAfterComma = false
        let field = rest.prefix { character in
            if character == "\"" { isQuoted.toggle() }
            if character.isWhitespace { return isQuoted || isAfterComma }
            isAfterComma = character == "," && !isQuoted
            return true
        }
        rest = rest[field.endIndex...]
        return field
    }

    private static func matches(_ list: Substring, _ name: String, words: [String]) -> Bool {
        list.split(separator: ",").contains { entry in
            let entry = entry.drop(while: \.isWhitespace)
            if let first = entry.first, "+@/".contains(first) { return true }
            if entry.hasPrefix("\"") {
                return entry.dropFirst().dropLast().replacing("\"\"", with: "\"") == name
            }
            return words.contains(String(entry)) || entry == name
        }
    }

    /// A name as one field: always quoted, which also keeps `all`, `replication` and `+group` from their meanings.
    public static func field(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// A line break in a spec's line would make two of it.
    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
