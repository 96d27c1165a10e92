import Glibc

/// Programs that outlived the one that started them.
public enum StrayProcesses {
    /// Ends every process that `isMeant` picks by its program's name and arguments, and waits until all are gone.
    ///
    /// Each is asked to stop first, and killed when it has not within `grace` seconds. Returns what was ended, as
    /// `name (pid)`. Throws `orphans-left` (1) when one is still there after twice that time.
    public static func end(
        grace: Double = 10, _ isMeant: @Sendable (_ program: String, _ arguments: [String]) -> Bool
    ) async throws -> Set<String> {
        var ended: Set<String> = []
        var asked: Set<Int32> = []
        let killing = Deadline(seconds: grace)
        let giving = Deadline(seconds: 2 * grace)
        while true {
            let left = ProcessEntry.all().filter { entry in
                guard !entry.isZombie, entry.pid != getpid() else { return false }
                let arguments = entry.arguments
                guard let first = arguments.first else { return false }
                return isMeant(String(first.split(separator: "/").last ?? ""), Array(arguments.dropFirst()))
            }
            if left.isEmpty { return ended }
            guard !giving.isOver else {
                throw PostgresError(
                    .operation, code: "orphans-left",
                    "processes of an interrupted run do not end: "
                        + left.map { "\($0.name) (\($0.pid))" }.joined(separator: ", "),
                    hint: "see what they wait for; they must be gone before anything is written")
            }
            for entry in left {
                ended.insert("\(entry.name) (\(entry.pid))")
                if killing.isOver {
                    kill(entry.pid, SIGKILL)
                } else if asked.insert(entry.pid).inserted {
                    kill(entry.pid, SIGTERM)
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
