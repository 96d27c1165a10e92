/// The servers that run on this machine, whoever they belong to.
public enum RunningServers {
    /// Data directories of live postmasters, as far as this user may see them, sorted.
    public static func dataDirectories() -> [String] {
        var found: Set<String> = []
        for process in ProcessEntry.all() where process.isPostgres && !process.isZombie {
            // Backends work in the same directory; only the postmaster's number is in its file.
            guard let directory = TextFile.linkTarget("/proc/\(process.pid)/cwd"),
                let file = (try? PostmasterFile.read(pgdata: directory)) ?? nil, file.pid == process.pid
            else { continue }
            found.insert(directory)
        }
        return found.sorted()
    }
}
