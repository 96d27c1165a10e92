import Glibc

/// Which process did something, told apart from a later one with the same number.
public struct ProcessIdentity: Sendable, Hashable, Codable {
    /// Process id.
    public let pid: Int32
    /// When it started, in clock ticks since the machine did: field 22 of `/proc/PID/stat` (proc(5)).
    public let startTicks: UInt64
    /// The machine's `boot_id`, new with each boot.
    public let bootID: String

    private enum CodingKeys: String, CodingKey {
        case pid
        case startTicks = "start_ticks"
        case bootID = "boot_id"
    }

    public init(pid: Int32, startTicks: UInt64, bootID: String) {
        self.pid = pid
        self.startTicks = startTicks
        self.bootID = bootID
    }

    /// The calling process.
    public static var current: ProcessIdentity {
        of(getpid()) ?? ProcessIdentity(pid: getpid(), startTicks: 0, bootID: currentBootID)
    }

    /// The process that has this id now; nil when there is none, or only what is left of a dead one.
    public static func of(_ pid: Int32) -> ProcessIdentity? {
        guard let bytes = try? AtomicFile.read("/proc/\(pid)/stat") else { return nil }
        // The second field is the program's name in parentheses, which may itself hold blanks and parentheses.
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(close + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, fields[0].first != UInt8(ascii: "Z"), fields[0].first != UInt8(ascii: "X"),
            let ticks = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        return ProcessIdentity(pid: pid, startTicks: ticks, bootID: currentBootID)
    }

    /// Whether this very process is still there.
    public var isAlive: Bool { ProcessIdentity.of(pid) == self }

    /// The process's command line with blanks between the arguments, secrets left out; nil when it cannot be read.
    public static func commandLine(of pid: Int32) -> String? {
        guard let bytes = try? AtomicFile.read("/proc/\(pid)/cmdline"), !bytes.isEmpty else { return nil }
        let arguments = bytes.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        return CommandText.masked(arguments.last == "" ? Array(arguments.dropLast()) : arguments)
    }

    private static let currentBootID: String = {
        let bytes = (try? AtomicFile.read("/proc/sys/kernel/random/boot_id")) ?? []
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }()
}
