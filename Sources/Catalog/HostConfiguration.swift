import Failures
import PositionedJSON
import Spec

/// `config.json` in the home directory: this host's id, its peers and defaults. All of it is optional.
public struct HostConfiguration: Sendable, Equatable {
    /// Which of the specs' host ids is this machine; nil means all of them.
    public var hostID: String?
    /// The hosts by id.
    public var hosts: [String: Host]
    public var defaults: Defaults

    /// Another machine that specs name.
    public struct Host: Sendable, Equatable {
        /// Name or address where its servers are reached.
        public var address: String
        public init(address: String) { self.address = address }
    }

    /// What commands take when neither a flag nor the environment says.
    public struct Defaults: Sendable, Equatable {
        /// Seconds to wait for a lock that somebody else holds.
        public var waitLock: Double?
        /// false: never colour, as `--no-color`.
        public var color: Bool?
        /// The pgbackrest program, where the spec names none.
        public var pgbackrest: String?
        public init(waitLock: Double? = nil, color: Bool? = nil, pgbackrest: String? = nil) {
            self.waitLock = waitLock
            self.color = color
            self.pgbackrest = pgbackrest
        }
    }

    public init(hostID: String? = nil, hosts: [String: Host] = [:], defaults: Defaults = Defaults()) {
        self.hostID = hostID
        self.hosts = hosts
        self.defaults = defaults
    }

    /// Reads the home's `config.json`; a home without one has the defaults.
    ///
    /// - Throws: ``CatalogError`` or `JSONSyntaxError` with the position of what is wrong: unknown keys are errors.
    public static func load(_ home: Home) throws -> HostConfiguration {
        guard let bytes = try AtomicFile.readIfPresent(home.configFile) else { return HostConfiguration() }
        return try parse(bytes, file: home.configFile)
    }

    /// Reads `bytes`; `file` is its name in messages.
    public static func parse(_ bytes: [UInt8], file: String) throws -> HostConfiguration {
        let reader = Reader(file: file)
        let root = try JSONParser.parse(bytes, file: file)
        var configuration = HostConfiguration()
        for member in try reader.object(root, "the configuration", keys: ["host_id", "hosts", "defaults"]) {
            switch member.key {
            case "host_id":
                configuration.hostID = try reader.name(member.value, "host_id")
            case "hosts":
                configuration.hosts = try reader.hosts(member.value)
            default:
                configuration.defaults = try reader.defaults(member.value)
            }
        }
        return configuration
    }
}

/// Reads the parts of `config.json`, stopping at the first thing that is wrong.
private struct Reader {
    let file: String

    func hosts(_ node: JSONNode) throws -> [String: HostConfiguration.Host] {
        var hosts: [String: HostConfiguration.Host] = [:]
        for member in try object(node, "hosts", keys: nil) {
            let path = "hosts.\(member.key)"
            let entries = try object(member.value, path, keys: ["address"])
            guard let address = entries.first else {
                throw problem(
                    member.value.position, path, "the address is missing",
                    hint: "for example {\"address\": \"10.0.0.2\"}")
            }
            hosts[member.key] = HostConfiguration.Host(address: try name(address.value, path + ".address"))
        }
        return hosts
    }

    func defaults(_ node: JSONNode) throws -> HostConfiguration.Defaults {
        var defaults = HostConfiguration.Defaults()
        for member in try object(node, "defaults", keys: ["wait_lock", "color", "pgbackrest"]) {
            let path = "defaults.\(member.key)"
            switch (member.key, member.value.value) {
            case ("wait_lock", .number(let number)) where number.double >= 0 && number.double.isFinite:
                defaults.waitLock = number.double
            case ("wait_lock", _):
                throw problem(member.value.position, path, "a number of seconds, 0 or more, is needed")
            case ("color", .bool(let value)):
                defaults.color = value
            case ("color", _):
                throw problem(member.value.position, path, "true or false is needed")
            default:
                defaults.pgbackrest = try name(member.value, path)
            }
        }
        return defaults
    }

    func object(_ node: JSONNode, _ path: String, keys: [String]?) throws -> [JSONMember] {
        guard case .object(let members) = node.value else {
            throw problem(node.position, path, "an object is needed here, not \(node.typeName)")
        }
        if let keys, let stranger = members.first(where: { !keys.contains($0.key) }) {
            let nearest = NearestWord.find(stranger.key, among: keys)
            throw problem(
                stranger.keyPosition, path, "unknown key \"\(Names.printable(stranger.key))\"",
                hint: nearest.map { "did you mean \"\($0)\"?" } ?? "known here: \(keys.joined(separator: ", "))")
        }
        return members
    }

    /// A non-empty string without blanks or control characters: an id, an address, a path.
    func name(_ node: JSONNode, _ path: String) throws -> String {
        guard case .string(let text) = node.value else {
            throw problem(node.position, path, "a string is needed here, not \(node.typeName)")
        }
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f }) else {
            throw problem(node.position, path, "the value is empty or holds a blank or a control character")
        }
        return text
    }

    private func problem(_ at: Position, _ path: String, _ text: String, hint: String? = nil) -> CatalogError {
        CatalogError(
            .invalidInput, code: "bad-configuration", "\(file):\(at.line):\(at.column): \(path): \(text)", hint: hint)
    }
}
