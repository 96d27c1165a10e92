/// Whether the restored cluster can run here: version, settings, room.
enum ClusterChecks {
    /// Settings that recovery compares with the source's, and refuses to go on when they are lower
    /// (`CheckRequiredParameterValues` in the server's xlogrecovery.c).
    static let comparedSettings = [
        "max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions",
        "max_locks_per_transaction",
    ]

    static func version(_ c: NodeCase) -> [CheckResult] {
        guard let chosen = c.chosen, let backup = chosen.book.majorVersions[chosen.set.backup.databaseID] else {
            return []
        }
        if let programs = c.node.programsMajorVersion, programs != backup {
            return [
                c.refused(
                    .version,
                    "backup \(chosen.set.backup.label) is of Postgres \(backup), and node \(c.node.node) runs Postgres "
                        + "\(programs)",
                    hint: "a physical backup can only be restored to its own major version: choose another source")
            ]
        }
        if let recorded = c.node.recordedMajorVersion, recorded != backup {
            return [
                c.refused(
                    .version,
                    "backup \(chosen.set.backup.label) is of Postgres \(backup), and node \(c.node.node) is recorded "
                        + "with Postgres \(recorded)",
                    hint: "choose a backup of that version, or a source that has one")
            ]
        }
        return [c.passed(.version, "the backup is of Postgres \(backup), as the node is")]
    }

    static func settings(_ c: NodeCase) -> [CheckResult] {
        guard let chosen = c.chosen else { return [] }
        let isFromBackup = !chosen.book.chosenSettings.isEmpty
        let source = isFromBackup ? chosen.book.chosenSettings : c.node.sourceSettings
        guard !source.isEmpty else {
            return [
                c.warning(
                    .settings,
                    "the source's max_connections and the like could not be read from the backup",
                    hint: "recovery stops if the node's own settings are lower than the source's were")
            ]
        }
        let lower = comparedSettings.compactMap { name -> String? in
            guard let own = c.node.ownSettings[name], let needed = source[name], own < needed else { return nil }
            return "\(name) is \(own) in the node's own configuration and was \(needed) at the source"
        }
        guard lower.isEmpty else {
            return [
                c.refused(
                    .settings, lower.joined(separator: "; "),
                    hint: "recovery would end with an error: raise "
                        + (lower.count == 1 ? "it" : "them") + " in the node's configuration to at least that")
            ]
        }
        return [c.passed(.settings, "max_connections and the like are not below the source's")]
    }

    /// WAL that is fetched while it is replayed, and a little for the server itself, in bytes.
    private static let spare: Int64 = 64 << 20

    static func freeSpace(_ c: NodeCase) -> [CheckResult] {
        guard let chosen = c.chosen else { return [] }
        let directory = c.node.dataDirectory
        // Files that are already there are overwritten or removed, never kept beside the new ones.
        let reused = directory.state == .foreign ? 0 : directory.bytesUsed
        let needed = max(0, chosen.set.backup.size - reused) + spare
        if needed > directory.bytesFree {
            return [
                c.refused(
                    .freeSpace,
                    "\(directory.path) needs \(Bytes.text(needed)) more and \(Bytes.text(directory.bytesFree)) are free; "
                        + "the backup has \(Bytes.text(chosen.set.backup.size))",
                    hint:
                        "make room on that file system, or map tablespaces elsewhere: --option tablespace-map=NAME=/DIR"
                )
            ]
        }
        return [
            c.passed(.freeSpace, "\(Bytes.text(needed)) are needed and \(Bytes.text(directory.bytesFree)) are free")
        ]
    }
}

/// Sizes for people.
enum Bytes {
    /// `15.2 MB`, in powers of 1024.
    static func text(_ bytes: Int64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB", "PB"]
        var value = Double(max(0, bytes))
        var unit = 0
        while value >= 1024, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(bytes) B" }
        let tenths = Int64((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
