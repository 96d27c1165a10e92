import TargetTime

/// When each database next has something due, so that a look that finds nothing reads hardly anything: `next-due`.
///
/// Only a shortcut: an entry counts as long as the documents that it was made from are the very same files, and one that
/// is missing or cannot be read means that the documents are to be read.
public struct DueTimes: Sendable {
    private struct Entry: Codable, Equatable {
        /// Which files it was made from.
        var stamp: String
        /// Before this there is nothing to do; nil means never.
        var next: Instant?
        /// When that was found. A clock that shows less was set back since, and may have been far ahead then.
        var from: Instant?
    }

    private let home: Home
    private var entries: [String: Entry]
    private var isChanged = false

    /// What was remembered.
    public init(home: Home) {
        self.home = home
        let read = try? StateDocument.readIfPresent([String: Entry].self, from: home.nextDueFile)
        entries = read.flatMap { $0 } ?? [:]
    }

    /// What the database's documents are now. To be taken before they are read.
    public func stamp(_ database: String) -> String {
        [home.configFile, home.databaseFile(database), home.schedulesFile(database)].map { path in
            guard let file = try? FileInformation.of(path) else { return "-" }
            return "\(file.inode).\(file.modified).\(file.size)"
        }.joined(separator: " ")
    }

    /// Whether it is known that the database has nothing to do at `now`.
    public func isQuiet(_ database: String, stamp: String, at now: Instant) -> Bool {
        guard let entry = entries[database], entry.stamp == stamp, let from = entry.from, from <= now else {
            return false
        }
        return entry.next.map { now < $0 } ?? true
    }

    /// Remembers that a database has nothing to do from `now` to `next`.
    public mutating func note(_ database: String, stamp: String, next: Instant?, at now: Instant) {
        if let known = entries[database], known.stamp == stamp, known.next == next, let from = known.from, from <= now {
            return
        }
        entries[database] = Entry(stamp: stamp, next: next, from: now)
        isChanged = true
    }

    /// Writes what was noted, without the databases that are gone. Not worth failing for.
    public mutating func save(known: [String]) {
        guard isChanged else { return }
        entries = entries.filter { known.contains($0.key) }
        try? StateDocument.write(entries, to: home.nextDueFile)
        isChanged = false
    }
}
