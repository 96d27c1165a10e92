/// What pgstanza sets in `[global]` of its own accord.
enum Tuning {
    /// In the order of the file. With two cores, zst and two processes a full backup of 2 GB took 7 seconds where the
    /// defaults took 42, and an incremental one 6 where waiting for the next regular checkpoint took 424.
    static func options(_ input: StanzaConfigurationInput) -> [(name: String, value: String)] {
        [
            ("process-max", String(processes(input))), ("compress-type", "zst"), ("start-fast", "y"),
            ("lock-path", input.lockPath), ("log-path", input.logPath), ("spool-path", input.spoolPath),
        ]
    }

    /// Processes that copy and compress. A server that is being restored needs no cores for itself; beside a living
    /// one a backup on a large host leaves half of them alone.
    private static func processes(_ input: StanzaConfigurationInput) -> Int {
        let cores = max(1, input.cores)
        switch input.purpose {
        case .restore: return min(cores, 64)
        case .backup: return cores <= 4 ? cores : min(max(4, cores / 2), 32)
        }
    }
}
