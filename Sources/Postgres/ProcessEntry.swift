import Glibc

/// What /proc says about one process. Values that the system hides from this user are nil.
struct ProcessEntry: Sendable {
    let pid: Int32
    let parent: Int32
    let name: String
    let state: Character

    /// Nil when there is no such process.
    init?(pid: Int32) {
        // "PID (comm) S PPID …": comm may hold blanks and parentheses, so the last ")" counts.
        guard let text = (try? TextFile.readIfPresent("/proc/\(pid)/stat")) ?? nil,
            let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count >= 2, let state = fields[0].first, let parent = Int32(fields[1]) else { return nil }
        self.pid = pid
        self.parent = parent
        self.state = state
        name = String(text[text.index(after: open)..<close])
    }

    var isZombie: Bool { state == "Z" || state == "X" }

    /// Whether its working directory is this one, by whatever path; nil when that cannot be seen.
    func worksIn(_ directory: String) -> Bool? {
        var own = stat()
        var other = stat()
        guard stat("/proc/\(pid)/cwd", &own) == 0 else { return nil }
        guard stat(directory, &other) == 0 else { return false }
        return own.st_dev == other.st_dev && own.st_ino == other.st_ino
    }

    /// Path of its program; nil when it cannot be seen.
    var executable: String? { TextFile.linkTarget("/proc/\(pid)/exe") }

    /// Its arguments; empty for a process of the kernel or one that cannot be seen.
    var arguments: [String] {
        guard let text = (try? TextFile.readIfPresent("/proc/\(pid)/cmdline")) ?? nil else { return [] }
        return text.split(separator: "\0").map(String.init)
    }

    /// Postgres may be installed under a name of its own (`edb-postgres`), and a packager may wrap it.
    var isPostgres: Bool {
        if let executable {
            // A program replaced by an upgrade while it runs: "/usr/…/postgres (deleted)".
            let path = executable.hasSuffix(" (deleted)") ? String(executable.dropLast(10)) : executable
            let base = path.split(separator: "/").last.map(String.init) ?? path
            return base.contains("postgres") || base == "postmaster"
        }
        return name.contains("postgres") || name == "postmaster"
    }

    /// Lines of its cgroup file: `0::/system.slice/postgresql@15-main.service`.
    var controlGroups: [String] {
        guard let text = (try? TextFile.readIfPresent("/proc/\(pid)/cgroup")) ?? nil else { return [] }
        return text.split(separator: "\n").map(String.init)
    }

    /// Every process of this host.
    static func all() -> [ProcessEntry] {
        DirectoryListing.names(in: "/proc").compactMap { Int32($0) }.compactMap { ProcessEntry(pid: $0) }
    }
}
