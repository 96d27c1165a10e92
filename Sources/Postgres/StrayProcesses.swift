import Glibc

/// Programs that outlived the one that started them.
public enum StrayProcesses {
    /// Every process that `isMeant` picks, as `name (pid)`.
    public static func living(_ isMeant: (_ program: String, _ arguments: [String]) -> Bool) -> [String] {
        entries(isMeant).map { "\($0.name) (\($0.pid))" }
    }

    private static func entries(_ isMeant: (String, [String]) -> Bool) -> [ProcessEntry] {
        ProcessEntry.all().filter { entry in
            guard !entry.isZombie, entry.pid != getpid() else { return false }
            let arguments = entry.arguments
            guard let first = arguments.first else { return false }
            return isMeant(String(first.split(separator: "/").last ?? ""), Array(arguments.dropFirst()))
        }
    }

    /// Ends every process that `isMeant` picks by its program's name and arguments, and waits until all are gone.
    ///
    /// Each is interrupted first, with the process group that it leads, then told to terminate, and killed when it is
    /// still there after `grace` seconds. Returns what was ended, as `name (pid)`. Throws `orphans-left` (1) when one is
    /// still there after twice that time.
    public static func end(
        grace: Double = 10, _ isMeant: @Sendable (_ program: String, _ arguments: [String]) -> Bool
    ) async throws -> Set<String> {
        var ended: Set<String> = []
        var sent: [Int32: Int32] = [:]
        let terminating = Deadline(seconds: grace / 2)
        let killing = Deadline(seconds: grace)
        let giving = Deadline(seconds: 2 * grace)
        while true {
            let left = entries(isMeant)
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
                let signal = killing.isOver ? SIGKILL : terminating.isOver ? SIGTERM : SIGINT
                guard sent.updateValue(signal, forKey: entry.pid) != signal else { continue }
                kill(getpgid(entry.pid) == entry.pid ? -entry.pid : entry.pid, signal)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
