import Catalog
import Cron
import Failures
import Spec

/// What a host's own scheduler is to be told: the schedules of every node here, and which servers to start.
public struct HostSchedule: Sendable, Equatable {
    public struct Node: Sendable, Equatable {
        public var database: String
        public var node: String
        /// Those that run: none while the node's backups are off.
        public var schedules: [PlannedSchedule]
        /// Its servers were made by pgstanza, and nobody else starts them after boot.
        public var isStarted: Bool

        /// - Throws: ``HostScheduleError`` for a name that could be anything else in a unit or a crontab.
        public init(database: String, node: String, schedules: [PlannedSchedule], isStarted: Bool) throws {
            guard Names.isDatabaseID(database), Names.isNode(node),
                schedules.allSatisfy({ HostSchedule.isPlain($0.id) })
            else {
                throw HostScheduleError(message: "a name of \(database.prefix(40)) cannot be written into a unit")
            }
            self.database = database
            self.node = node
            self.schedules = schedules
            self.isStarted = isStarted
        }
    }

    /// Absolute path of the executable.
    public var program: String
    /// The home directory.
    public var home: String
    /// Who it is done as; nil where the scheduler is that user's own.
    public var user: String?
    public var nodes: [Node]

    /// - Throws: ``HostScheduleError`` for a path or a user that a unit or a crontab cannot hold.
    public init(program: String, home: String, user: String?, nodes: [Node]) throws {
        for path in [program, home] {
            guard path.hasPrefix("/"), path.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f }) else {
                throw HostScheduleError(message: "the path \(path.prefix(80)) has blanks or control characters in it")
            }
        }
        if let user, !Self.isPlain(user) {
            throw HostScheduleError(message: "the user \(user.prefix(40)) cannot be named in a unit or a crontab")
        }
        self.program = program
        self.home = home
        self.user = user
        self.nodes = nodes
    }

    /// A word that means nothing else to systemd, cron or a shell.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.first != "-"
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// The databases with servers to start, each with the nodes that have them.
    public var started: [(database: String, nodes: [String])] {
        var order: [String] = []
        var found: [String: [String]] = [:]
        for node in nodes where node.isStarted {
            if found[node.database] == nil { order.append(node.database) }
            found[node.database, default: []].append(node.node)
        }
        return order.map { ($0, found[$0] ?? []) }
    }

    /// What the names of this home's files begin with: two homes of one host do not get in each other's way.
    public var prefix: String { Self.prefix(home: home) }

    public static func prefix(home: String) -> String {
        guard home != Home.defaultPath else { return "pgstanza" }
        // FNV-1a, 32 bits.
        let hash = home.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let text = String(hash, radix: 16)
        return "pgstanza-" + String(repeating: "0", count: 8 - text.count) + text
    }

    /// The first line of every file that belongs to this home.
    public var mark: String { "# Written by pgstanza schedule install for \(home); it writes it anew." }
}

/// Something cannot be written into a unit or a crontab.
public struct HostScheduleError: Failure, Hashable {
    public let message: String
    public var kind: FailureKind { .refused }
    public var code: String { "not-installable" }
    public var hint: String? { "use paths and names without blanks" }
}

/// A file as it is to be.
public struct InstalledFile: Sendable, Equatable {
    /// With its directory once it is known where the file goes.
    public var name: String
    public var text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
