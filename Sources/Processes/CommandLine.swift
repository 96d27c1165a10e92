import Glibc

/// A program with its arguments, as it is run: no shell is ever between.
public struct CommandLine: Sendable, Hashable {
    /// Absolute path, or a name that is looked up in the `PATH` of ``environment``.
    public var program: String
    public var arguments: [String]
    /// The whole environment of the child; nothing of ours is added to it.
    public var environment: [String: String]
    /// The root directory unless said otherwise: a directory of the caller's may be one that the child must not enter.
    public var workingDirectory: String

    public init(
        program: String, arguments: [String] = [],
        environment: [String: String] = CommandLine.cleanEnvironment, workingDirectory: String = "/"
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// The environment that children get: `PATH`, `HOME`, `LANG` and `TZ`, and nothing else.
    ///
    /// Variables such as `PGHOST` or `PGBACKREST_REPO1_PATH` of whoever started us would change what a child does.
    public static let cleanEnvironment: [String: String] = [
        "PATH": ownVariable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": homeDirectory() ?? "/",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    ]

    /// The command as a person would type it: arguments quoted for a POSIX shell where they need it.
    ///
    /// Only to be read. The environment and the working directory are left out.
    public var rendered: String {
        ([program] + arguments).map(ShellQuoting.quoted).joined(separator: " ")
    }

    private static func ownVariable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// The home directory that the password database gives to the effective user; `HOME` may be somebody else's.
    private static func homeDirectory() -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16384)
        return buffer.withUnsafeMutableBufferPointer { storage -> String? in
            guard let base = storage.baseAddress,
                getpwuid_r(geteuid(), &entry, base, storage.count, &found) == 0, found != nil,
                let directory = entry.pw_dir
            else { return nil }
            let text = String(cString: directory)
            return text.isEmpty ? nil : text
        }
    }
}

/// Quoting for people who copy a command into a shell. What pgstanza runs itself never passes one.
public enum ShellQuoting {
    /// `text` as one word of a POSIX shell; unchanged when it has no character that a shell minds.
    public static func quoted(_ text: String) -> String {
        if !text.isEmpty && text.utf8.allSatisfy(isPlain) { return text }
        let escaped = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        return "'" + escaped + "'"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ":"),
            UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "%"):
            true
        default:
            false
        }
    }
}
